"""The bytes of pictures, wherever they are."""

import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from hexaface.bulk.filesystems import locate
from hexaface.bulk.pictures import Cell, Picture


class Reader:
    """Reads pictures, from several threads; the row group that was read last is kept, for the rows beside it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._group: tuple[str, int] | None = None
        self._cells: pa.ChunkedArray | None = None

    def __call__(self, picture: Picture) -> bytes:
        """A picture's bytes. Raises OSError."""
        if picture.cell is not None:
            return self._cell(picture.cell)
        if "://" not in picture.name:
            return Path(picture.name).read_bytes()
        system, path = locate(picture.name)
        content: bytes = system.cat_file(path)
        return content

    def _cell(self, cell: Cell) -> bytes:
        with self._lock:
            if self._group != (cell.table, cell.group):
                self._cells = _row_group(cell)
                self._group = cell.table, cell.group
            value: Any = None if self._cells is None else self._cells[cell.row].as_py()
        if isinstance(value, dict):  # as Hugging Face's data sets hold pictures
            value = value.get("bytes")
        if not isinstance(value, bytes):
            raise FileNotFoundError("the cell is empty")
        return value


def _row_group(cell: Cell) -> pa.ChunkedArray:
    system, path = locate(cell.table)
    with system.open(path, "rb") as file:
        return parquet.ParquetFile(file).read_row_group(cell.group, columns=[cell.column])[cell.column]
