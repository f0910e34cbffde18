"""The pictures of a job: what each is called and where its bytes are."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

_NAME_BYTES = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a table of pictures holds one: a row of a row group."""

    table: str
    column: str
    group: int
    row: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by its name, which is its address unless it is a cell of a table."""

    name: str
    cell: Cell | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Pictures whose rows are written at once, as one file of the table."""

    pictures: Sequence[Picture]

    @property
    def name(self) -> str:
        """The same for the same pictures, and for no others."""
        names = "\n".join(picture.name for picture in self.pictures)
        return hashlib.sha256(names.encode()).hexdigest()[: 2 * _NAME_BYTES]

    def halves(self) -> list["Part"]:
        """Two parts of half the pictures each."""
        middle = len(self.pictures) // 2
        return [Part(self.pictures[:middle]), Part(self.pictures[middle:])]


def cut(pictures: Sequence[Picture], size: int) -> list[Part]:
    """Parts of at most `size` pictures, in order."""
    return [Part(pictures[i : i + size]) for i in range(0, len(pictures), size)]


def sampled(pictures: Sequence[Picture], count: int) -> list[Picture]:
    """So many of the pictures, as if by lot, in their order; the same ones each time, and more of them when asked for more."""
    lots = sorted((hashlib.sha256(picture.name.encode()).digest(), i) for i, picture in enumerate(pictures))
    return [pictures[i] for i in sorted(i for _, i in lots[:count])]
