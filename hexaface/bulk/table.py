"""A table of faces on disk: a folder of Parquet parts, each written whole or not at all, and what they were made by.

TableError
|-- NoTableError     there is none, or several and none is named
`-- BusyError        another run writes into the folder
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from numpy.typing import NDArray
from pyarrow import parquet

from hexaface.bulk.about import About

# Arrow, Spark and DuckDB pass over names that begin like this.
_ABOUT, _LOCK = "_about.json", ".lock"


class TableError(Exception):
    """The table cannot be used; the text says why."""


class NoTableError(TableError):
    """There is no table, or several and none is named."""


class BusyError(TableError):
    """Another run writes into the folder."""


class FaceTable:
    """One table: `FOLDER/faces-1a2b3c4d/part-*.parquet` with the columns of `hexaface.bulk.schema`."""

    def __init__(self, folder: Path, about: About) -> None:
        self.folder = folder
        self.about = about

    @classmethod
    def create(cls, out: Path, about: About) -> Self:
        """The table in `out` that is made by these options and models; made where it is not there yet."""
        table = cls(out / about.name, about)
        table.folder.mkdir(parents=True, exist_ok=True)
        _write(table.folder / _ABOUT, about.to_json())
        return table

    @classmethod
    def open(cls, path: Path) -> Self:
        """A table by its own folder, or the only one in a folder of `hexaface bulk --out`. Raises NoTableError."""
        found = [path] if (path / _ABOUT).is_file() else tables_in(path)
        if len(found) != 1:
            names = ", ".join(str(folder) for folder in found)
            raise NoTableError(
                f"{path} holds several tables, name one: {names}"
                if found
                else f"{path} holds no table of faces"
            )
        try:
            about = About.from_json((found[0] / _ABOUT).read_bytes())
        except ValueError as error:
            raise NoTableError(f"{found[0] / _ABOUT} is not of this version of `hexaface bulk`") from error
        return cls(found[0], about)

    @property
    def parts(self) -> list[Path]:
        """The parts that are complete."""
        return sorted(self.folder.glob("part-*.parquet"))

    def path(self, name: str) -> Path:
        """Where the part of a name is once it is complete."""
        return self.folder / f"part-{name}.parquet"

    def add(self, name: str, rows: pa.Table) -> None:
        """Write a part, whole or not at all; one of the same name is replaced."""
        path = self.path(name)
        partial = path.with_name(f".{path.name}.partial")
        with partial.open("wb") as file:
            parquet.write_table(rows, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    def tidy(self) -> None:
        """Remove what a run that was killed left of a part."""
        for partial in self.folder.glob(".part-*.partial"):
            partial.unlink()

    def forget_failed(self) -> None:
        """Remove the rows of the pictures that failed; a kill in the middle leaves some of them there."""
        for part in self.parts:
            if not parquet.read_table(part, columns=["problem"])["problem"].null_count:
                part.unlink()
                continue
            rows = parquet.read_table(part)
            good = rows.filter(pc.is_null(rows["problem"]))
            if len(good) < len(rows):
                self.add(part.stem.removeprefix("part-"), good)

    def pictures(self) -> Iterator[str]:
        """Every picture that has its rows, once."""
        for part in self.parts:
            yield from pc.unique(parquet.read_table(part, columns=["picture"])["picture"]).to_pylist()

    def faces(self, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of faces, in the order of picture and face; all columns or some, `box.x` is one value of a struct."""
        keys = ["picture", "face"]
        parts = ds.dataset([str(part) for part in self.parts], format="parquet")
        wanted = [*keys, *columns] if columns is not None else parts.schema.names
        values = {name: pc.field(*name.split(".")) for name in wanted}
        found = parts.to_table(columns=values, filter=pc.field("face").is_valid())
        return found.sort_by([(key, "ascending") for key in keys])


def embeddings(faces: pa.Table) -> NDArray[np.float32]:
    """The embeddings of rows of faces: float32 (n, d), L2-normalised to half precision."""
    flat = pc.list_flatten(faces["embedding"]).to_numpy()
    return np.asarray(flat, np.float32).reshape(len(faces), -1)


def tables_in(out: Path) -> list[Path]:
    """The folders of the tables in a folder of `hexaface bulk --out`."""
    return sorted(about.parent for about in out.glob(f"faces-*/{_ABOUT}"))


@contextmanager
def sole_writer(out: Path) -> Iterator[None]:
    """Be the only run that writes into a folder. Raises BusyError. The lock goes with its process, however that ends."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / _LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(
                f"another `hexaface bulk` writes into {out}; wait for it, or name another folder"
            ) from error
        yield


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)
