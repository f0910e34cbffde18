"""Train an attributes net on FairFace and UTKFace and calibrate it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache, cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from export.attributes import config, learner
from export.attributes.architecture import GENDERS, RACES, AttributesNet
from export.attributes.faces import read
from export.attributes.intervals import fit_reaches
from export.attributes.labels import EDGES, UNKNOWN
from export.attributes.served import OUTPUTS, Calibration, Reading, Served
from export.cache import runs
from export.embedder.recipe import SOURCE
from export.training import calibration, mobilefacenet
from export.training.augment import STILL
from export.training.faces import Faces
from export.training.loop import Learner, fit
from export.training.trained import Split, Trained

Floats = NDArray[np.float32]
Classes = NDArray[np.int64]

_WATCHED = {"fairface": 1000, "utkface": 500}  # dev faces that the log follows; the card measures all of them
_SEED = 20261123
_OLDEST = 80  # the end of the open age group in calibration: few are older


class Run:
    """One run of a variant; resumes from the cache, and a finished run is only read."""

    def __init__(self, folder: Path | None = None, *, tuned: bool = False) -> None:
        """`tuned` goes on from the frozen variant, which is trained first, with its backbone opened."""
        self.tuned = tuned
        self.folder = folder or runs("attributes_tuned" if tuned else "attributes_frozen")

    @property
    def faces(self) -> Split:
        """FairFace's and UTKFace's faces."""
        return _faces()

    @cached_property
    def net(self) -> AttributesNet:
        """The averaged weights at the end of the run."""
        torch.manual_seed(_SEED)
        fitted, watched = self.faces.fitted, self.faces.watched
        fitting: Learner
        if self.tuned:
            net = attributes_net(config.TUNED.opened)
            net.load_state_dict({**net.state_dict(), **_perceptron(Run().net)})
            net = net.to(memory_format=torch.channels_last)
            fitting, plan = learner.TunedLearner(net, fitted, watched), config.TUNED.plan(len(fitted))
        else:
            fitting = frozen_learner(attributes_net(), self)
            plan = config.FROZEN.plan(len(fitted))
        trained = fit(fitting, plan, self.folder)
        if not isinstance(trained, AttributesNet):
            raise TypeError(f"the loop gave back a {type(trained).__name__}")
        return trained.eval()

    @cached_property
    def calibration(self) -> Calibration:
        """Temperatures and the interval's widening, from the held-back faces."""
        return calibrate(self.net, self.faces.held)

    def trained(self) -> Trained:
        """For the publisher."""
        facts = {
            "licence": {
                "weights": "research only, as the training data; from an MIT package's MobileFaceNet",
                "training_data": "FairFace: CC BY 4.0; UTKFace: non-commercial research; "
                "backbone: MS-Celeb-1M family, research use",
            },
            "training_data": "FairFace and UTKFace; the backbone before them: MS-Celeb-1M family",
            "source": f"recipe export/attributes/trained.py on {SOURCE.source}",
        }
        return for_publisher(self, "3.0.1", facts, lambda: self.faces.watched)


class Finished(Protocol):
    """A run whose net and calibration are trained when they are asked for."""

    @property
    def net(self) -> nn.Module:
        """Pictures -> logits by block."""

    @property
    def calibration(self) -> Calibration:
        """From held-back faces."""


def for_publisher(
    run: Finished, version: str, facts: Mapping[str, object], watched: Callable[[], Faces]
) -> Trained:
    """Graph, parity and golden inputs of a run; `facts`: its licence, training data and source."""

    def properties() -> dict[str, object]:
        return {
            "task": "attributes",
            "name": "mobilefacenet-attributes",
            "version": version,
            "labels": {"gender": list(GENDERS), "race": list(RACES)},
            "calibration": asdict(run.calibration),
            **facts,
        }

    return Trained(
        lambda: Served(run.net, run.calibration),
        OUTPUTS,
        config.WINDOW,
        config.SIZE,
        properties,
        watched,
        "FairFace and UTKFace dev faces",
    )


@cache
def _faces() -> Split:
    """Read once for both variants: the tuned one starts from the frozen one."""
    train, watched = read(_WATCHED, "train"), read(_WATCHED, "dev", _WATCHED)
    print(f"train: {dict(train.report)}")
    return Split.of(train, watched, config.HELD_BACK)


def attributes_net(opened: int = 0) -> AttributesNet:
    """The untrained perceptron on the packaged backbone."""
    numbers = config.FROZEN
    return AttributesNet(mobilefacenet.pretrained(opened), numbers.width, numbers.layers, numbers.dropout)


def _perceptron(net: AttributesNet) -> dict[str, Tensor]:
    return {name: value for name, value in net.state_dict().items() if not name.startswith("backbone.")}


def calibrate(net: nn.Module, faces: Faces) -> Calibration:
    """From faces that were not fitted; where only an age group is known, a true age is drawn evenly from it."""
    logits, targets = learner.predict(net, faces), learner.Targets.of(faces.rows)
    age, low, high = (value.numpy() for value in Reading(Calibration()).years(logits["age"]))
    down, up = fit_reaches(age, low, high, drawn_years(targets))
    return calibrated(logits, targets, down, up)


def calibrated(
    logits: learner.Logits, targets: learner.Targets, down: NDArray[np.floating], up: NDArray[np.floating]
) -> Calibration:
    """The temperatures that fit logits of faces that were not fitted, and the interval's reaches, rounded."""
    classes, races = targets.classes.numpy(), targets.classes[:, 2].numpy() != UNKNOWN
    return Calibration(
        gender=calibration.temperature(logits["gender"].numpy(), classes[:, 1]),
        race=calibration.temperature(logits["race"].numpy()[races], classes[races, 2]),
        down=[round(float(value), 2) for value in down],
        up=[round(float(value), 2) for value in up],
    )


def drawn_years(targets: learner.Targets) -> NDArray[np.float64]:
    """An age in years per face, (n,): the labelled one, or one drawn from the labelled group."""
    edges = np.asarray(EDGES, np.float64)[targets.classes[:, 0].numpy()]
    edges[:, 1] = np.minimum(edges[:, 1], _OLDEST)
    drawn = np.random.default_rng(_SEED).uniform(edges[:, 0], edges[:, 1] + 1)
    return np.where(targets.exact.numpy(), targets.years.numpy(), drawn)


def frozen_learner(
    net: AttributesNet, run: Run, numbers: config.Frozen = config.FROZEN
) -> learner.FrozenLearner:
    """A learner on the frozen features of a run's faces, which are kept in its folder."""
    fitted = learner.seen(net, run.faces.fitted, run.folder / "train.npy", numbers.disturbance)
    watched = learner.seen(net, run.faces.watched, run.folder / "watched.npy", STILL)
    return learner.FrozenLearner(net, fitted, watched, numbers)


def frozen_features(run: Run) -> tuple[Floats, Classes, Floats, Classes]:
    """Features (n, 1024) and classes (n, 4) of the fitted and of the watched faces."""
    fitting = frozen_learner(attributes_net(), run)
    return (*fitting.training_set(), *fitting.watched_set())
