"""A call of the public API as a value: what is sent, and how its answer is read; both clients carry it out."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import httpx

from contracts.message import JSON, Message
from contracts.problems import Problem
from hexaface.client.errors import HexafaceError, ServerProblemError

Picture = bytes | str | Path
"""A picture: its encoded bytes, or the path of its file."""

A = TypeVar("A")


@dataclass(frozen=True)
class Call(Generic[A]):
    """One request, and how to read the body of its answer."""

    method: str
    path: str
    read: Callable[[bytes], A]
    pictures: Sequence[tuple[str, Picture]] = ()
    options: Message | None = None  # beside pictures, as form fields
    body: Message | None = None
    query: Mapping[str, str | int | None] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    accepted: tuple[int, ...] = (200, 201, 202, 204)

    def arguments(self) -> dict[str, Any]:
        """The keyword arguments for `httpx.Client.request`. Raises OSError when a picture's file cannot be read."""
        arguments: dict[str, Any] = {
            "method": self.method,
            "url": self.path,
            "headers": {"Accept": JSON, **self.headers},
            "params": {name: value for name, value in self.query.items() if value is not None},
        }
        if self.pictures:
            arguments["files"] = [(name, _file(picture)) for name, picture in self.pictures]
            arguments["data"] = {
                name: _text(value) for name, value in _given(self.options).items() if value is not None
            }
        elif self.body is not None:
            arguments["json"] = _given(self.body)
        return arguments

    def parse(self, response: httpx.Response) -> A:
        """The answer. Raises ServerProblemError for a problem, HexafaceError for anything else."""
        if response.status_code not in self.accepted:
            raise _problem_of(response)
        try:
            return self.read(response.content)
        except ValueError as error:
            raise HexafaceError(f"{response.url} answered something else than HexaFace does") from error


def nothing(_body: bytes) -> None:
    """The answer of an erasure."""


def _given(message: Message | None) -> dict[str, Any]:
    """What the caller set: for the rest the server's own defaults hold."""
    return message.model_dump(mode="json", exclude_unset=True) if message is not None else {}


def _file(picture: Picture) -> tuple[str, bytes]:
    if isinstance(picture, bytes):
        return "picture", picture
    path = Path(picture)
    return path.name, path.read_bytes()


def _text(value: Any) -> str:
    """An option as a form carries it: lists separated by commas, anything else as in JSON."""
    if isinstance(value, str):
        return value
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else json.dumps(value)


def _problem_of(response: httpx.Response) -> HexafaceError:
    try:
        problem = Problem.from_json(response.content)
    except ValueError:
        return HexafaceError(f"{response.url} answered with status {response.status_code} and no problem")
    retry_after = response.headers.get("Retry-After", "")
    return ServerProblemError(problem, float(retry_after) if retry_after.isdigit() else None)
