"""What the product sees of a picture's subject: its quality as the detector measures it, and its embedding."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from contracts.detection import DetectReply
from contracts.faces import Face
from export.answers import answer
from export.faces import detect_all, most_central, subject_chip
from export.onnx_tools.sessions import Session
from services.embedder.model import EmbedderModel

# Chips are 192 KiB each: so many pictures at a time keep them out of the way.
_BLOCK = 256


@dataclass(frozen=True)
class Sighting:
    """The face nearest to the middle of a picture."""

    face: Face
    embedding: NDArray[np.float32]
    """(d,), of length one."""


def look(pictures: Iterable[bytes], session: Session) -> list[Sighting | None]:
    """Detect and embed the subject of each encoded picture by the embedder `session`; None where no face is found."""
    source, seen = iter(pictures), list[Sighting | None]()
    while block := list(islice(source, _BLOCK)):
        seen += _block(block, session)
    return seen


def _block(pictures: Iterable[bytes], session: Session) -> list[Sighting | None]:
    replies = detect_all(pictures)
    chips = [chip for reply in replies if (chip := subject_chip(reply)) is not None]
    embeddings = iter(answer(session, EmbedderModel, np.stack(chips))["embedding"] if chips else ())
    return [_sighting(reply, next(embeddings)) if reply.faces else None for reply in replies]


def _sighting(reply: DetectReply, embedding: NDArray[np.float32]) -> Sighting:
    return Sighting(reply.faces[most_central(reply)], embedding)
