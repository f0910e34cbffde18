"""Training faces: pictures of a data set with the transform to the chip, faulty ones counted and left out."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.datasets import Archive, Row
from export.training.placement import transforms

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Faces:
    """Parallel lists: what a learner indexes."""

    pictures: list[Picture]
    """uint8 (height, width, 3) RGB, as stored."""
    to_chip: list[NDArray[np.float64]]
    """2x3 maps from photo to chip."""
    rows: list[Row]
    report: Counter[str]
    """How many were kept, and how many were left out for which reason."""

    def __len__(self) -> int:
        return len(self.rows)

    def subset(self, indices: Sequence[int]) -> "Faces":
        """The faces of the given indices."""
        return Faces(
            [self.pictures[i] for i in indices],
            [self.to_chip[i] for i in indices],
            [self.rows[i] for i in indices],
            Counter(kept=len(indices)),
        )

    def repeated(self, times: Callable[[Row], int]) -> "Faces":
        """Each face as often as `times` says of its row."""
        return self.subset([i for i, row in enumerate(self.rows) for _ in range(times(row))])

    def joined(self, other: "Faces") -> "Faces":
        """These faces and then the other ones."""
        return Faces(
            self.pictures + other.pictures,
            self.to_chip + other.to_chip,
            self.rows + other.rows,
            self.report + other.report,
        )


def load(
    archive: Archive, rows: Sequence[Row], usable: Callable[[Row], bool], *, undetected: bool = False
) -> Faces:
    """The faces of `rows` with usable labels, a picture that decodes, no identical twin before, and a found face.

    With `undetected` a picture without a detection is placed as the median face of its set lies: small pictures
    that are all face (FER-2013) are such, and leaving them out would leave out the difficult ones.
    """
    found = transforms(archive)
    median = np.median([matrix for matrix in found.values() if matrix is not None], axis=0)
    pictures, maps, kept, seen = [], [], [], set()
    report: Counter[str] = Counter()
    for row in rows:
        if not usable(row):
            report["without a usable label"] += 1
            continue
        data = archive.read(row["file"])
        if hash(data) in seen:
            report["identical to an earlier picture"] += 1
            continue
        seen.add(hash(data))
        matrix = found.get(row["file"])
        if matrix is None and not undetected:
            report["without a detected face"] += 1
            continue
        try:
            picture = archive.picture(row["file"])
        except ValueError:
            report["broken"] += 1
            continue
        pictures.append(picture)
        maps.append(median if matrix is None else matrix)
        kept.append(row)
        report["kept"] += 1
    return Faces(pictures, maps, kept, report)
