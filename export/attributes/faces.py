"""All faces with age, gender and race: those that are fitted, those kept for calibration, those that a log follows."""

from collections.abc import Iterable, Mapping
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
    return read(_TRAIN, "train")


@cache
def split() -> Split:
    """The teacher's perceptron and the pupil keep the same faces from fitting."""
    return Split.of(known(), read(_WATCHED, "dev", _WATCHED), _HELD_BACK)


def read(names: Iterable[str], part: str, first: Mapping[str, int] | None = None) -> Faces:
    """The usable faces of these sets, one set after the other; of some only as many lines as `first` says."""
    found, *more = (_load(name, part, (first or {}).get(name)) for name in names)
    for other in more:
        found = found.joined(other)
    return found


def _load(name: str, part: str, count: int | None) -> Faces:
    archive = Archive(name)
    return load(archive, archive.rows(part)[:count], learner.usable)
