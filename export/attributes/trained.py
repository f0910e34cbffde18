"""Train an attributes net on FairFace and UTKFace and calibrate it."""

from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from export.attributes import config, learner
from export.attributes.architecture import GENDERS, RACES, AttributesNet
from export.attributes.intervals import fit_reaches
from export.attributes.labels import EDGES, GROUPS, UNKNOWN, group_of
from export.attributes.served import OUTPUTS, Calibration, Served
from export.cache import runs
from export.datasets import Archive, Row
from export.training import calibration, dlib_resnet
from export.training.faces import Faces, load
from export.training.loop import fit
from export.training.trained import Split, Trained

_TRAIN = ("fairface", "fairface_more", "utkface")
_WATCHED = {"fairface": 1200, "utkface": 400}  # dev faces that the log follows; the card measures all of them
_SEED = 20261126
_OLDEST = 80  # the end of the open age group in calibration: few are older


class Run:
    """One run of the recipe; resumes from the cache, and a finished run is only read."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or runs("attributes_dlib")

    @cached_property
    def faces(self) -> Split:
        """FairFace's and UTKFace's faces."""
        return read_faces()

    @cached_property
    def net(self) -> AttributesNet:
        """The averaged weights at the end of the run."""
        torch.manual_seed(_SEED)
        net = AttributesNet(dlib_resnet.pretrained(config.FROZEN)).to(memory_format=torch.channels_last)
        fitted = self.faces.fitted.repeated(times)
        trained = fit(
            learner.AttributesLearner(net, fitted, self.faces.watched), config.plan(len(fitted)), self.folder
        )
        if not isinstance(trained, AttributesNet):
            raise TypeError(f"the loop gave back a {type(trained).__name__}")
        return trained.eval()

    @cached_property
    def calibration(self) -> Calibration:
        """Temperatures and the interval's reaches, from the held-back faces."""
        return calibrate(self.net, self.faces.held)

    def trained(self) -> Trained:
        """For the publisher."""
        return Trained(
            lambda: Served(self.net, self.calibration),
            OUTPUTS,
            config.WINDOW,
            config.SIZE,
            self._properties,
            lambda: self.faces.watched,
            "FairFace dev faces",
        )

    def _properties(self) -> dict[str, object]:
        return {
            "task": "attributes",
            "name": "dlib-attributes",
            "version": "4.0.0",
            "labels": {"gender": list(GENDERS), "race": list(RACES)},
            "calibration": asdict(self.calibration),
            "licence": {
                "weights": "research only, as the training data; from dlib's weights (public domain)",
                "training_data": "FairFace: CC BY 4.0; UTKFace: non-commercial research; "
                "backbone: FaceScrub, VGG-Face and web pictures, research use",
            },
            "training_data": "FairFace and UTKFace; the backbone before them: FaceScrub, VGG-Face and web pictures",
            "source": f"recipe export/attributes/trained.py on {dlib_resnet.WEIGHTS.source}",
        }


def read_faces() -> Split:
    """The faces of both data sets to fit, to calibrate on, and to watch."""
    train, *more = (_load(name, "train") for name in _TRAIN)
    watched, *others = (_load(name, "dev", count) for name, count in _WATCHED.items())
    for part in more:
        train = train.joined(part)
    for part in others:
        watched = watched.joined(part)
    print(f"train: {dict(train.report)}")
    return Split.of(train, watched, config.HELD_BACK)


def _load(name: str, part: str, count: int | None = None) -> Faces:
    archive = Archive(name)
    return load(archive, archive.rows(part)[:count], learner.usable)


def times(row: Row) -> int:
    """How often a training face comes in an epoch, by its age group."""
    group = row["age"] if row["age"] in GROUPS else GROUPS[group_of(float(row["age"]))]
    return config.REPEATED.get(group, 1)


def calibrate(net: AttributesNet, faces: Faces) -> Calibration:
    """From faces that were not fitted; where only an age group is known, a true age is drawn evenly from it."""
    logits = learner.predict(net, faces)
    targets = learner.Targets.of(faces.rows)
    classes, races = targets.classes.numpy(), targets.classes[:, 2].numpy() != UNKNOWN
    age, low, high = (value.numpy() for value in Served(net, Calibration()).years(logits["age"]))
    down, up = fit_reaches(age, low, high, drawn_years(targets))
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
