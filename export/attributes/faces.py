"""All faces with age, gender and race: those that are fitted, those kept for calibration, those that a log follows."""

from functools import cache

from export.attributes import learner
from export.datasets import Archive
from export.training.faces import Faces, load
from export.training.trained import Split

_TRAIN = ("fairface_more", "utkface", "fairface")
_WATCHED = {"fairface": 1200, "utkface": 500}
_HELD_BACK = 1500
"""For the temperatures and for the interval in each decade."""


@cache
def known() -> Faces:
    """Every training face, 2 GB of pictures."""
    return _joined([_load(name, "train") for name in _TRAIN])


@cache
def split() -> Split:
    """The teacher's perceptron and the pupil keep the same faces from fitting."""
    watched = _joined([_load(name, "dev", count) for name, count in _WATCHED.items()])
    return Split.of(known(), watched, _HELD_BACK)


def _load(name: str, part: str, count: int | None = None) -> Faces:
    archive = Archive(name)
    return load(archive, archive.rows(part)[:count], learner.usable)


def _joined(parts: list[Faces]) -> Faces:
    found, *more = parts
    for part in more:
        found = found.joined(part)
    return found
