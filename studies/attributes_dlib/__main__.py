"""Train on FairFace, the rest of its mirror and UTKFace, and score on the watched dev faces: `python -m studies.attributes_dlib`."""

import torch

from export.attributes.labels import GROUPS, target
from export.attributes.learner import usable
from export.cache import runs
from export.datasets import Archive, Row
from export.training import dlib_resnet
from export.training.faces import Faces, load
from export.training.loop import fit
from export.training.trained import Split
from studies.attributes_dlib import config
from studies.attributes_dlib.architecture import DlibAttributes
from studies.attributes_dlib.learner import DlibLearner

_TRAIN = ("fairface", "fairface_more", "utkface")
_WATCHED = {"fairface": 1200, "utkface": 400}
_SEED = 20261126


def read_faces() -> Split:
    """The faces of both data sets to fit, to calibrate on, and to watch."""
    train, *more = (_load(name, "train") for name in _TRAIN)
    watched, *others = (_load(name, "dev", count) for name, count in _WATCHED.items())
    for part in more:
        train = train.joined(part)
    for part in others:
        watched = watched.joined(part)
    return Split.of(train, watched, config.HELD_BACK)


def times(row: Row) -> int:
    """How often a training face comes in an epoch, by its age group."""
    return config.REPEATED.get(GROUPS[target(row).classes[0]], 1)


def main() -> None:
    """Train, or go on, and print the scores of the averaged weights."""
    torch.manual_seed(_SEED)
    faces = read_faces()
    net = DlibAttributes(dlib_resnet.pretrained(config.FROZEN)).to(memory_format=torch.channels_last)
    fitted = faces.fitted.repeated(times)
    learner = DlibLearner(net, fitted, faces.watched)
    trained = fit(learner, config.plan(len(fitted)), runs("attributes_dlib"))
    print(", ".join(f"{name} {value:.4f}" for name, value in learner.validate(trained).items()))


def _load(name: str, part: str, count: int | None = None) -> Faces:
    archive = Archive(name)
    return load(archive, archive.rows(part)[:count], usable)


if __name__ == "__main__":
    main()
