"""Classical heads for gender on the frozen features, as a comparison: `python -m studies.attributes.classical`."""

import time
from collections.abc import Iterator

from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from export.attributes.trained import Run, frozen_features
from export.statistics import Share

_SEED = 20261123
_GENDER = 1  # column of the classes


def heads() -> dict[str, Pipeline]:
    """Name -> classifier; features are standardised first."""
    return {
        "logistic regression": _on_scaled(LogisticRegression(C=0.003, max_iter=200)),
        "MLP, 128 hidden": _on_scaled(
            MLPClassifier((128,), alpha=0.1, early_stopping=True, max_iter=30, random_state=_SEED)
        ),
        "decision tree": _on_scaled(DecisionTreeClassifier(max_depth=8, random_state=_SEED)),
        "random forest, 100 trees": _on_scaled(
            RandomForestClassifier(100, min_samples_leaf=3, n_jobs=1, random_state=_SEED)
        ),
    }


def compare() -> Iterator[str]:
    """Lines of a Markdown table: fitted to the training features, scored on the watched dev faces."""
    train, classes, watched, truth = frozen_features(Run())
    yield "| head | gender accuracy (95 % interval) | seconds to fit |"
    yield "|---|---|---|"
    for name, head in heads().items():
        began = time.process_time()
        head.fit(train, classes[:, _GENDER])
        seconds = time.process_time() - began
        right = int((head.predict(watched) == truth[:, _GENDER]).sum())
        yield f"| {name} | {Share.of(right, len(truth))} | {seconds:.0f} |"


def _on_scaled(classifier: object) -> Pipeline:
    return make_pipeline(StandardScaler(), classifier)


if __name__ == "__main__":
    for line in compare():
        print(line, flush=True)
