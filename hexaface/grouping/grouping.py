"""From a table of faces to groups of them."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gateway.settings.identities import IdentitySettings
from hexaface.bulk.table import TableError
from hexaface.embedded.calibrated import calibrated
from hexaface.grouping.clustering import Labels, clusters
from hexaface.grouping.faces import Faces, read_faces
from hexaface.grouping.groups import FILE, Groups, centrality, earlier
from hexaface.grouping.identifiers import numbered
from serving.errors import StartupError

# Between what is best for many pictures of few people and for few of many (docs/group.md): the more strangers there are,
# the likelier one of them is alike.
_RATE = 0.006


@dataclass(frozen=True)
class Wishes:
    """How to group."""

    threshold: float | None = None
    """The mean cosine from which on two groups are one person; None: by the model's calibration."""
    rate: float | None = None
    """The false match rate that the threshold shall have; None: by the number of faces."""
    least: int = 2
    """The fewest faces that make a group."""
    twice: bool = False
    """Whether a picture may show one person twice."""


def rate_for(faces: int) -> float:
    """The false match rate to group so many faces at."""
    return _RATE / math.sqrt(max(1, faces))


def group(table: Path, out: Path, wishes: Wishes) -> Groups:
    """Group the faces of a table of `hexaface bulk`, keeping the numbers of the last run in `out`. Raises TableError."""
    faces = read_faces(table, IdentitySettings())
    numbers_before, first_free = earlier(out / FILE)
    threshold = wishes.threshold if wishes.threshold is not None else _threshold(faces, wishes.rate)
    labels = _labels(faces, threshold, wishes)
    numbers, first_free = numbered(faces.keys(), labels, numbers_before, first_free)
    return Groups(faces, numbers, centrality(faces.embeddings, numbers), first_free, threshold)


def _labels(faces: Faces, threshold: float, wishes: Wishes) -> Labels:
    """The group of each face; -1 for those that are too poor or have too few like them."""
    pictures = None if wishes.twice else faces.pictures()[faces.fit]
    found = clusters(faces.embeddings[faces.fit], threshold, pictures)
    few = np.bincount(found, minlength=1)[found] < wishes.least
    labels = np.full(len(faces.fit), -1, np.int64)
    labels[faces.fit] = np.where(few, -1, found)
    return labels


def _threshold(faces: Faces, rate: float | None) -> float:
    try:
        calibration = calibrated(faces.model.digest)
    except StartupError as error:
        raise TableError(str(error)) from error
    if calibration is None:
        raise TableError(
            f"the table's embedder is {faces.model.name} {faces.model.version}, which is not installed here with a "
            "calibration: name a similarity by --threshold"
        )
    return calibration.threshold(rate if rate is not None else rate_for(int(faces.fit.sum())))
