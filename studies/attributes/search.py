"""Search the perceptron's hyper-parameters with Optuna: `python -m studies.attributes.search [trials]`."""

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import optuna

from export.attributes import config
from export.attributes.architecture import AttributesNet
from export.attributes.trained import Run, frozen_learner
from export.training import mobilefacenet
from export.training.loop import fit

_SEED = 20261123


def search(trials: int) -> optuna.Study:
    """Maximise gender + race accuracy - age error / 10 on the watched dev faces; resumes from the cache."""
    run = Run()
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=_SEED),
        storage=f"sqlite:///{run.folder / 'search.db'}",
        study_name="frozen",
        load_if_exists=True,
    )
    study.optimize(lambda trial: objective(trial, run), n_trials=trials)
    return study


def objective(trial: optuna.Trial, run: Run) -> float:
    """One short training; its scores are kept with the trial."""
    numbers = replace(
        config.FROZEN,
        width=trial.suggest_categorical("width", [128, 256, 512, 1024]),
        layers=trial.suggest_int("layers", 1, 2),
        dropout=trial.suggest_float("dropout", 0.2, 0.7),
        noise=trial.suggest_float("noise", 0.0, 0.5),
        rate=trial.suggest_float("rate", 5e-4, 5e-3, log=True),
    )
    net = AttributesNet(mobilefacenet.pretrained(), numbers.width, numbers.layers, numbers.dropout)
    fitting = frozen_learner(net, run, numbers)
    with TemporaryDirectory() as scratch:
        fit(fitting, numbers.plan(len(run.faces.fitted)), Path(scratch))
        scores = fitting.validate(net.eval())
    for name, value in scores.items():
        trial.set_user_attr(name, round(float(value), 4))
    return float(scores["gender"] + scores["race"] - scores["age_error"] / 10)


if __name__ == "__main__":
    found = search(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
    for done in sorted(found.get_trials(), key=lambda one: one.value or 0, reverse=True):
        print(done.number, done.value, done.params, done.user_attrs)
