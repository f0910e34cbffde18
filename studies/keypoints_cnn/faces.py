"""Read marked faces from keypoints.zip or from Kaggle's training.csv; what cannot be used is counted, not fatal."""

import csv
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from export.datasets import Archive
from studies.keypoints_cnn.points import POINTS, SIDE, Points

_GREYS = frozenset(str(value) for value in range(256))


@dataclass(frozen=True)
class Faces:
    """Square grey pictures and their points, in pixels of those pictures (an integer is a pixel's centre)."""

    pictures: NDArray[np.uint8]
    """uint8 (n, side, side)."""
    points: Points
    """float32 (n, 15, 2); NaN where a point is not marked."""
    skipped: Mapping[str, int]
    """Why lines were left out -> how many."""

    def __len__(self) -> int:
        """The number of faces."""
        return len(self.pictures)


def from_archive(split: str) -> Faces:
    """One split of keypoints.zip: 256-pixel crops. Raises DatasetMissingError."""
    archive = Archive("keypoints")
    collected = _Collected()
    for row in archive.rows(split):
        try:
            picture = cv2.cvtColor(archive.picture(row["file"]), cv2.COLOR_RGB2GRAY)
        except (KeyError, ValueError):
            collected.skipped["broken picture"] += 1
            continue
        collected.add(np.asarray(picture, np.uint8), row)
    return collected.faces()


def from_kaggle(path: Path) -> Faces:
    """The competition's training.csv: a pair of columns per point, empty where unmarked, and `Image`.

    `Image` holds 96x96 grey values 0..255 as text, row by row. Kaggle's coordinates already are pixel centres.
    Raises ValueError when the header lacks a column.
    """
    csv.field_size_limit(max(csv.field_size_limit(), sys.maxsize >> 32))
    collected = _Collected()
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        missing = {"Image", *(f"{name}_{axis}" for name in POINTS for axis in "xy")} - set(
            reader.fieldnames or []
        )
        if missing:
            raise ValueError(f"{path} lacks the columns {sorted(missing)}")
        for row in reader:
            values = (row["Image"] or "").split()
            if len(values) != SIDE * SIDE or not all(value in _GREYS for value in values):
                collected.skipped["broken picture"] += 1
                continue
            collected.add(np.array(values, np.uint8).reshape(SIDE, SIDE), row)
    return collected.faces()


class _Collected:
    def __init__(self) -> None:
        self.pictures: list[NDArray[np.uint8]] = []
        self.points: list[Points] = []
        self.skipped: Counter[str] = Counter()
        self._seen: set[bytes] = set()

    def add(self, picture: NDArray[np.uint8], row: Mapping[str, str]) -> None:
        """Take a line unless its picture came before or none of its points lies in the picture."""
        points = np.array([[_number(row[f"{name}_{axis}"]) for axis in "xy"] for name in POINTS], np.float32)
        outside = ((points < 0) | (points > picture.shape[0] - 1)).any(1)
        points[outside | np.isnan(points).any(1)] = np.nan
        digest = sha256(picture.tobytes()).digest()
        if np.isnan(points).all():
            self.skipped["no point"] += 1
        elif digest in self._seen:
            self.skipped["repeated picture"] += 1
        else:
            self._seen.add(digest)
            self.pictures.append(picture)
            self.points.append(points)

    def faces(self) -> Faces:
        """All that was taken. Raises ValueError when nothing was."""
        if not self.pictures:
            raise ValueError(f"no usable face; left out: {dict(self.skipped)}")
        return Faces(np.stack(self.pictures), np.stack(self.points), dict(self.skipped))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
