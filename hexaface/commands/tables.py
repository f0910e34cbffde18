"""Answers as a table with a row per face: CSV, or Parquet by pyarrow. Columns are the paths of the JSON answer."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

Answers = Callable[[], Iterable[tuple[str, Mapping[str, Any]]]]
"""Gives each picture's path and answer, anew at each call: a table needs its columns before its rows."""

Cell = str | float | bool | list[float]

_ROW_GROUP = 2_000
_FIRST = ("file", "image.width", "image.height", "faces", "face")


class TableError(Exception):
    """The table cannot be written."""


def write_table(path: Path, answers: Answers) -> None:
    """Write the table in the format of its ending. Raises TableError without pyarrow."""
    (_write_parquet if path.suffix == ".parquet" else _write_csv)(path, answers)


def rows(answers: Answers) -> Iterator[dict[str, Cell]]:
    """A row per face; a picture without one has a row of its own, with `faces` 0. Lists of points are left out."""
    for file, answer in answers():
        found = answer["faces"]
        shared = {"file": file, **dict(_flat("image", answer["image"])), "faces": len(found)}
        failed = {
            f"problem.{problem['feature']}": problem["detail"] for problem in answer.get("problems", [])
        }
        for index, face in enumerate(found):
            yield {**shared, "face": index, **dict(_cells(face)), **failed}
        if not found:
            yield {**shared, **failed}


def _cells(values: Mapping[str, Any]) -> Iterator[tuple[str, Cell]]:
    for name, value in values.items():
        yield from _flat(name, value)


def _flat(path: str, value: Any) -> Iterator[tuple[str, Cell]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _flat(f"{path}.{name}", member)
    elif not isinstance(value, list) or all(isinstance(member, int | float) for member in value):
        yield path, value


def _columns(answers: Answers) -> dict[str, type]:
    """Each column with the type of its cells, the place of the face first."""
    found: dict[str, type] = dict.fromkeys(_FIRST, int) | {"file": str}
    for row in rows(answers):
        for name, cell in row.items():
            if found.get(name) is not float:  # 1 and 0.5 are one column of numbers
                found[name] = type(cell)
    return found


def _write_csv(path: Path, answers: Answers) -> None:
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(_columns(answers)))
        table.writeheader()
        for row in rows(answers):
            table.writerow({name: json.dumps(c) if isinstance(c, list) else c for name, c in row.items()})
    partial.replace(path)


def _write_parquet(path: Path, answers: Answers) -> None:
    try:
        import pyarrow as pa  # noqa: PLC0415  # only who writes Parquet needs it
        from pyarrow import parquet  # noqa: PLC0415  # only where it is needed
    except ImportError as error:
        raise TableError("Parquet needs pyarrow: pip install pyarrow, or write .csv or .jsonl") from error
    kinds = {
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        list: pa.list_(pa.float32()),
    }
    schema = pa.schema([(name, kinds[kind]) for name, kind in _columns(answers).items()])
    partial = path.with_name(f".{path.name}.partial")
    with parquet.ParquetWriter(partial, schema) as writer:
        source = rows(answers)
        while group := list(islice(source, _ROW_GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
    partial.replace(path)
