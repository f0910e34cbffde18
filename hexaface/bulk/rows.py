"""The rows of a picture: one per face, or one that says that there is none, or why it failed."""

from typing import Any

import numpy as np

from contracts.analysis import Embedding
from contracts.message import Message
from contracts.version import __version__
from hexaface.bulk.about import About
from hexaface.bulk.analyst import Seen
from web.problems import ProblemError

Row = dict[str, Any]
"""Values by column, as `hexaface.bulk.schema` names them; one that is absent is null."""


def rows_of(picture: str, seen: Seen, about: About) -> list[Row]:
    """A row per face, best first; a picture without one has a row with `faces` 0."""
    shared = _shared(picture, about) | {"image": seen.image.model_dump(), "faces": len(seen.faces)}
    found = [
        {
            **shared,
            "face": i,
            **face.model_dump(exclude={"transform"}),
            **{feature: _value(answers[i]) for feature, answers in seen.answers.items()},
        }
        for i, face in enumerate(seen.faces)
    ]
    return found or [shared]


def failed_row(picture: str, error: Exception, about: About) -> Row:
    """The row of a picture that could not be analysed."""
    return _shared(picture, about) | {"problem": {"type": _type(error), "detail": str(error) or repr(error)}}


def _shared(picture: str, about: About) -> Row:
    digests = {task: model.digest for task, model in about.models.items()}
    return {"picture": picture, "models": digests, "version": __version__}


def _value(answer: Message) -> Any:
    if isinstance(answer, Embedding):
        return np.frombuffer(answer.values, "<f4").astype(np.float16)
    return answer.model_dump()


def _type(error: Exception) -> str:
    """As the API's problems are named, and `unreadable` for what could not be fetched at all."""
    if isinstance(error, ProblemError):
        return error.type
    return "unreadable" if isinstance(error, OSError) else "internal"
