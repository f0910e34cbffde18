"""The calls of the public API as values: what is sent and what comes back, shared by both clients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import httpx

from contracts.api import (
    AnalyzeAnswer,
    DetectAnswer,
    EmbedAnswer,
    Feature,
    GenerateAnswer,
    ModelsAnswer,
    ReadyAnswer,
)
from contracts.detection import Mode
from contracts.message import JSON, Message
from contracts.problems import Problem
from hexaface.client.errors import HexafaceError, ServerProblemError

Picture = bytes | str | Path
"""A picture: its encoded bytes, or the path of its file."""

A = TypeVar("A", bound=Message)


@dataclass(frozen=True)
class Call(Generic[A]):
    """One request and the type of its answer."""

    method: str
    path: str
    answer: type[A]
    pictures: Sequence[tuple[str, Picture]] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    accepted: tuple[int, ...] = (200, 201)

    def arguments(self) -> dict[str, Any]:
        """The keyword arguments for `httpx.Client.request`. Raises OSError when a picture's file cannot be read."""
        arguments: dict[str, Any] = {"method": self.method, "url": self.path}
        arguments["headers"] = {"Accept": JSON, **self.headers}
        options = {name: _text(value) for name, value in self.options.items() if value is not None}
        if self.pictures:
            arguments["files"] = [(name, _file(picture)) for name, picture in self.pictures]
            arguments["data"] = options
        elif self.body is not None:
            arguments["json"] = {name: value for name, value in self.body.items() if value is not None}
            arguments["params"] = options
        else:
            arguments["params"] = options
        return arguments

    def parse(self, response: httpx.Response) -> A:
        """The answer. Raises ServerProblemError for a problem, HexafaceError for anything else."""
        if response.status_code in self.accepted:
            try:
                return self.answer.from_json(response.content or b"{}")
            except ValueError as error:
                raise HexafaceError(f"{response.url} answered something else than HexaFace does") from error
        raise _problem_of(response)


def detect(
    image: Picture,
    *,
    min_score: float | None = None,
    min_size: float | None = None,
    max_faces: int | None = None,
    mode: Mode | None = None,
) -> Call[DetectAnswer]:
    """Find the faces of a picture."""
    options = {"min_score": min_score, "min_size": min_size, "max_faces": max_faces, "mode": mode}
    return Call("POST", "/v1/detect", DetectAnswer, [("image", image)], options)


def analyze(
    image: Picture, *, features: Sequence[Feature] | None = None, **options: Any
) -> Call[AnalyzeAnswer]:
    """Find the faces of a picture and describe each."""
    return Call("POST", "/v1/analyze", AnalyzeAnswer, [("image", image)], {"features": features, **options})


def embed(image: Picture, **options: Any) -> Call[EmbedAnswer]:
    """Find the faces of a picture and embed each."""
    return Call("POST", "/v1/embed", EmbedAnswer, [("image", image)], options)


def generate(*, count: int = 1, seed: int | None = None, layout: str = "list") -> Call[GenerateAnswer]:
    """Generate synthetic faces."""
    return Call("POST", "/v1/generate", GenerateAnswer, body={"count": count, "seed": seed, "layout": layout})


def models() -> Call[ModelsAnswer]:
    """The models behind every task."""
    return Call("GET", "/v1/models", ModelsAnswer)


def ready() -> Call[ReadyAnswer]:
    """Whether every service is ready."""
    return Call("GET", "/readyz", ReadyAnswer, accepted=(200, 503))


def _file(picture: Picture) -> tuple[str, bytes]:
    if isinstance(picture, bytes):
        return "picture", picture
    path = Path(picture)
    return path.name, path.read_bytes()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value)


def _problem_of(response: httpx.Response) -> HexafaceError:
    try:
        problem = Problem.from_json(response.content)
    except ValueError:
        return HexafaceError(f"{response.url} answered with status {response.status_code} and no problem")
    retry_after = response.headers.get("Retry-After", "")
    return ServerProblemError(problem, float(retry_after) if retry_after.isdigit() else None)
