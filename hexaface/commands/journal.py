"""The answers of a long run, one JSON line per picture as it comes; the same run goes on after the last whole line."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from contracts.api import AnalyzeAnswer


class OtherRunError(Exception):
    """The file holds something else than this run's answers."""


class Journal:
    """A file of lines `{"file", "bytes", "modified", "features", "answer"}`."""

    def __init__(self, path: Path, features: Sequence[str]) -> None:
        self._path = path
        self._features = list(features)
        self._done: set[tuple[str, int, int]] = set()
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        whole = 0
        for line, entry in self._lines():
            if entry.get("features") != self._features:
                raise OtherRunError(
                    f"{self._path} holds other features; name another file, or take this one away"
                )
            self._done.add((entry["file"], entry["bytes"], entry["modified"]))
            whole += len(line)
        self._file = self._path.open("ab")
        self._file.truncate(whole)  # what an interrupted run left of its last line
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def holds(self, picture: Path) -> bool:
        """Whether the answer of this picture is there, and the picture as it was."""
        try:
            return _identity(picture) in self._done
        except OSError:
            return False

    def add(self, picture: Path, answer: AnalyzeAnswer) -> None:
        """Write an answer down."""
        assert self._file is not None  # noqa: S101  # entered
        file, size, modified = _identity(picture)
        entry = {"file": file, "bytes": size, "modified": modified, "features": self._features}
        text = json.dumps(entry, ensure_ascii=False)[:-1] + ', "answer": ' + answer.to_json().decode() + "}\n"
        self._file.write(text.encode())
        self._file.flush()

    def answers(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each picture's path and latest answer, as JSON. (A picture that has changed was answered again.)"""
        latest = {entry["file"]: number for number, (_, entry) in enumerate(self._lines())}
        for number, (_, entry) in enumerate(self._lines()):
            if latest[entry["file"]] == number:
                yield entry["file"], entry["answer"]

    def _lines(self) -> Iterator[tuple[bytes, dict[str, Any]]]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    return
                try:
                    entry = json.loads(line)
                    entry["file"], entry["bytes"], entry["modified"], entry["answer"]  # must be there
                except (ValueError, KeyError, TypeError) as error:
                    raise OtherRunError(f"{self._path} is no file of `hexaface analyze --output`") from error
                yield line, entry


def _identity(picture: Path) -> tuple[str, int, int]:
    state = picture.stat()
    return str(picture), state.st_size, state.st_mtime_ns
