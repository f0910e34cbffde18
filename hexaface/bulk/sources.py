"""What SOURCE names: folders, globs, single files, lists of addresses, tables with a column of pictures."""

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import fsspec
import pyarrow as pa
from fsspec.implementations.local import LocalFileSystem
from pyarrow import parquet

from hexaface.bulk.filesystems import address_of, locate
from hexaface.bulk.pictures import Cell, Picture
from hexaface.bulk.videos.sampling import STREAMS

PICTURES = (
    ".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".heic", ".heif"
)  # fmt: skip
VIDEOS = (
    ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".wmv", ".flv", ".3gp"
)  # fmt: skip
ANNOTATED, GROUPS = "annotated", "groups"
"""The folders in that of the tables with the videos that were annotated, and with what `hexaface group` wrote."""
TABLES, LISTS = (".parquet",), (".txt", ".lst")
_COLUMNS = ("image", "picture", "photo", "path", "file", "url")
"""What a column of pictures is called where nobody says."""


class SourceError(Exception):
    """A source cannot be read; the text says why."""


@dataclass(frozen=True)
class Found:
    """The pictures and the videos of all sources, each once, in order; and how many files of folders are neither."""

    pictures: Sequence[Picture]
    videos: Sequence[str]
    skipped: int


def find(sources: Sequence[str], column: str | None = None, out: Path | None = None) -> Found:
    """What the sources hold: folders pictures and videos; `column` is that of tables. Raises SourceError.

    A table in a folder is passed over, as it may be what a run wrote about the pictures beside it; so are the annotated
    videos and the groups in `out`.
    """
    pictures: dict[str, Picture] = {}
    videos: dict[str, None] = {}
    skipped = 0
    own = tuple(f"{out.absolute() / folder}/" for folder in (ANNOTATED, GROUPS)) if out else ()
    for source in sources:
        if source.startswith(STREAMS):
            videos[source] = None
            continue
        try:
            for address, named in _files(source):
                if not named and address.startswith(own):
                    continue
                if address.lower().endswith(VIDEOS):
                    videos[address] = None
                    continue
                if not named and not address.lower().endswith(PICTURES):
                    skipped += 1
                    continue
                for picture in _pictures(address, column):
                    pictures.setdefault(picture.name, picture)
        except (OSError, ValueError, ImportError) as error:
            raise SourceError(f"{source}: {error}") from error
    return Found(list(pictures.values()), list(videos), skipped)


def _files(source: str) -> Iterator[tuple[str, bool]]:
    """The addresses of a source's files, and whether each was named itself: then it counts whatever its ending is."""
    system, path = locate(source)
    if isinstance(system, LocalFileSystem) and system.isfile(path):
        yield path, True
    elif fsspec.core.has_magic(path):
        for one in sorted(system.glob(path)):
            yield from _below(system, str(one), named=True)
    else:
        yield from _below(system, path, named=True)


def _below(system: fsspec.AbstractFileSystem, path: str, *, named: bool) -> Iterator[tuple[str, bool]]:
    if system.protocol not in ("http", ("http", "https")) and system.isdir(path):
        for file in sorted(system.find(path)):
            yield address_of(system, str(file)), False
    elif isinstance(system, LocalFileSystem) and not system.exists(path):
        raise FileNotFoundError("there is no such file or folder")
    else:
        yield address_of(system, path), named


def _pictures(address: str, column: str | None) -> Iterator[Picture]:
    ending = posixpath.splitext(address.lower())[1]
    if ending in TABLES:
        yield from _of_table(address, column)
    elif ending in LISTS:
        system, path = locate(address)
        lines = system.cat_file(path).decode().splitlines()
        yield from (Picture(_beside(address, line.strip())) for line in lines if line.strip())
    else:
        yield Picture(address)


def _of_table(address: str, column: str | None) -> Iterator[Picture]:
    system, path = locate(address)
    with system.open(path, "rb") as file:
        table = parquet.ParquetFile(file)
        name = column or _column(table.schema_arrow)
        if name not in table.schema_arrow.names:
            raise ValueError(f"there is no column {name!r}, only {', '.join(table.schema_arrow.names)}")
        if not pa.types.is_string(table.schema_arrow.field(name).type):
            yield from _cells(address, name, table)
            return
        for batch in table.iter_batches(columns=[name]):
            yield from (Picture(_beside(address, value)) for value in batch[0].to_pylist() if value)


def _cells(address: str, column: str, table: parquet.ParquetFile) -> Iterator[Picture]:
    number = 0
    for group in range(table.num_row_groups):
        for row in range(table.metadata.row_group(group).num_rows):
            yield Picture(f"{address}#{number}", Cell(address, column, group, row))
            number += 1


def _column(schema: pa.Schema) -> str:
    """The only column that can hold pictures: one with a usual name, of bytes, or of texts. Raises ValueError."""
    usual = [name for name in schema.names if name.lower() in _COLUMNS]
    of_bytes = [field.name for field in schema if _holds_bytes(field.type)]
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    for candidates in (of_bytes, usual, texts):
        if len(candidates) == 1:
            return str(candidates[0])
    raise ValueError(f"which column holds the pictures? --column {' or '.join(schema.names)}")


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):  # as Hugging Face's data sets hold pictures
        return bool(kind.get_field_index("bytes") >= 0)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _beside(listing: str, address: str) -> str:
    """An address as a list or a table has it: a relative one starts where the list lies."""
    if "://" in address or address.startswith("/"):
        return address
    return posixpath.join(posixpath.dirname(listing), address)
