"""The imbalance study: what a training set that is 70 % female does to the faces a GAN draws.

`python -m studies.generator.imbalance` continues one and the same checkpoint on a balanced and on a 70 %
female set of equal size for equally many steps, then counts the genders that the product sees in 10 batches of 60 faces.
"""

import argparse
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray

from export.answers import answer
from export.cache import runs
from export.faces import detect_all
from export.onnx_tools.sessions import Session
from export.publish import MODELS
from services.attributes.model import AttributesModel
from studies.generator.faces import FaceSet, prepared
from studies.generator.networks import Generator
from studies.generator.realism import look
from studies.generator.train import Config, State, resume, sample, train

BATCHES, FACES = 10, 60
"""The student project's: 10 batches of 60 faces."""
FEMALE_SHARES = (0.5, 0.7)
ROOT = Path(__file__).resolve().parents[2]
STEPS = 3000  # after the common checkpoint: three times what the average remembers
_SEED = 60


@dataclass(frozen=True)
class Counts:
    """One trained generator's faces, by the gender that the product gives them."""

    trained_on: float
    """Share of women in the training set."""
    female: tuple[int, ...]
    """Per batch, of `FACES` faces."""
    drawn: int
    """Samples that were needed until the batches were full: in some no face is found."""

    @property
    def share(self) -> float:
        """Share of faces seen as female over all batches."""
        return sum(self.female) / (len(self.female) * FACES)


def choose(
    female: NDArray[np.bool_], share: float, count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Places of `count` faces of which `share` are women, drawn without repetition. Raises ValueError when too few."""
    women, men = np.flatnonzero(female), np.flatnonzero(~female)
    wanted = round(share * count)
    if wanted > len(women) or count - wanted > len(men):
        raise ValueError(
            f"{len(women)} women and {len(men)} men do not give {count} faces, {share:.0%} women"
        )
    chosen = [rng.choice(women, wanted, replace=False), rng.choice(men, count - wanted, replace=False)]
    return np.sort(np.concatenate(chosen))


def largest(female: NDArray[np.bool_], shares: Sequence[float]) -> int:
    """The most faces that every one of the shares can be drawn at."""
    women, men = int(female.sum()), int((~female).sum())
    return int(min(min(women / share, men / (1 - share)) for share in shares))


def continued(faces: FaceSet, share: float, base: Path, folder: Path, steps: int = STEPS) -> State:
    """Train on from the checkpoint in `base`, in `folder`, on a set with the given share of women."""
    female = np.array([row["gender"] == "Female" for row in faces.rows])
    count = largest(female, FEMALE_SHARES)
    chosen = choose(female, share, count, np.random.default_rng(_SEED))
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "checkpoint.pt").exists():
        shutil.copyfile(base / "checkpoint.pt", folder / "checkpoint.pt")
    begun = resume(Config(), base / "checkpoint.pt").step
    return train(faces.faces[chosen], replace(Config(), steps=begun + steps, save_every=100), folder)


def count_genders(generator: Generator, share: float) -> Counts:
    """Draw until 10 batches of 60 faces are found, and let the attributes service's model judge them."""
    session = Session(MODELS / "attributes.onnx")
    judged: list[bool] = []
    drawn = 0
    for pictures in _draws(generator):
        drawn += len(pictures)
        seen = look(pictures, detect_all)
        if len(seen.chips):
            probabilities = answer(session, AttributesModel, seen.chips)["gender"]
            judged += [bool(p[0] >= p[1]) for p in probabilities]  # labels are female, male
        if len(judged) >= BATCHES * FACES:
            break
    batches = np.array(judged[: BATCHES * FACES]).reshape(BATCHES, FACES).sum(1)
    return Counts(share, tuple(int(count) for count in batches), drawn)


def _draws(generator: Generator) -> Iterator[NDArray[np.uint8]]:
    for block in range(100):  # 10,000 samples: a generator that needs more draws no faces
        yield sample(generator, 100, seed=_SEED + block)


def chart(results: Sequence[Counts], path: Path) -> None:
    """Bars per batch and training set, with the training sets' shares as lines (PNG)."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(results)
    for index, result in enumerate(results):
        places = np.arange(1, len(result.female) + 1) + (index - (len(results) - 1) / 2) * width
        label = f"trained on {result.trained_on:.0%} women: {result.share:.0%} drawn"
        bars = axes.bar(places, result.female, width, label=label)
        axes.axhline(result.trained_on * FACES, color=bars[0].get_facecolor(), linestyle="--", linewidth=1)
    axes.set(
        xlabel="batch",
        ylabel=f"faces seen as female, of {FACES}",
        ylim=(0, FACES),
        xticks=range(1, BATCHES + 1),
    )
    axes.legend(loc="upper right")
    figure.savefig(path, dpi=110)


def table(results: Sequence[Counts]) -> str:
    """The counts as Markdown."""
    head = (
        "| women in the training set | " + " | ".join(f"batch {i + 1}" for i in range(BATCHES)) + " | all |"
    )
    lines = [head, "|---" * (BATCHES + 2) + "|"]
    lines += [
        f"| {r.trained_on:.0%} | " + " | ".join(map(str, r.female)) + f" | {r.share:.1%} |" for r in results
    ]
    return "\n".join(lines)


def main() -> None:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chart", type=Path, default=ROOT / "docs" / "images" / "imbalance.png")
    options = parser.parse_args()
    torch.set_num_threads(1)
    base = runs("generator")
    faces = prepared("train", base)
    results = []
    for share in FEMALE_SHARES:
        state = continued(faces, share, base, base / f"female-{share:.0%}".rstrip("%"))
        results.append(count_genders(state.averaged, share))
    options.chart.parent.mkdir(parents=True, exist_ok=True)
    chart(results, options.chart)
    print(table(results))


if __name__ == "__main__":
    main()
