"""Read the seven data-set archives: their label tables and single pictures."""

import csv
import io
import os
import zipfile
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Row = dict[str, str]
NAMES = ("fairface", "utkface", "fer2013", "lfw", "keypoints", "wider", "orl")


class DatasetMissingError(FileNotFoundError):
    """The data sets are not where `HEXAFACE_DATA` says (default: ../shared/data beside the checkout)."""


def folder() -> Path:
    """Where the archives lie."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("HEXAFACE_DATA", default))


class Archive:
    """One data set: a zip of pictures with `labels.csv` (and sometimes other tables)."""

    def __init__(self, name: str) -> None:
        """`name` is one of `NAMES`. Raises DatasetMissingError when its zip is absent."""
        path = folder() / f"{name}.zip"
        if not path.exists():
            raise DatasetMissingError(f"{path} is missing: set HEXAFACE_DATA to the folder of the data sets")
        self.name = name
        self._zip = zipfile.ZipFile(path)

    def table(self, member: str) -> list[Row]:
        """A CSV of the archive, one dict per line."""
        return list(csv.DictReader(io.StringIO(self._zip.read(member).decode("utf-8"))))

    @cached_property
    def labels(self) -> list[Row]:
        """The lines of `labels.csv`."""
        return self.table("labels.csv")

    def rows(self, split: str) -> list[Row]:
        """The labels of one split, `train` or `dev`."""
        return [row for row in self.labels if row["split"] == split]

    def read(self, member: str) -> bytes:
        """A member as it is stored: the bytes that a client would upload."""
        return self._zip.read(member)

    def picture(self, member: str) -> NDArray[np.uint8]:
        """A picture, uint8 (height, width, 3) RGB. Raises ValueError when it does not decode."""
        pixels = cv2.imdecode(np.frombuffer(self.read(member), np.uint8), cv2.IMREAD_COLOR)
        if pixels is None:
            raise ValueError(f"{self.name}.zip: {member} is not a picture")
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)
