"""Faces to compare: found on a picture, or an embedding that was sent in a picture's place."""

import base64
import binascii
import math
from array import array
from dataclasses import dataclass, field
from typing import Any

from contracts.api import PublicEmbedding
from contracts.faces import Face, ImageSize
from contracts.models import ModelDescription, ModelRef
from contracts.problems import FieldError
from gateway.analysis.cache import FoundFace
from gateway.analysis.embedding import CacheUse, EmbeddedPicture
from web.problems import InvalidRequestError, ModelMismatchError

# Of the length of an embedding: what float32 and its text cost, and no more.
_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Probe:
    """A face to compare: its embedding, and where it is unless the embedding is all there is."""

    embedding: bytes
    face: Face | None = None
    mask: float | None = None
    """Probability that a mask covers the face, where the embedder judges that."""
    place: int = 0
    """Of the face among those of its picture."""

    def shown(self) -> dict[str, Any]:
        """The fields of the face in an answer."""
        return self.face.model_dump() if self.face else {}


@dataclass(frozen=True)
class Probes:
    """The faces of a picture, or the one embedding that was sent in its place."""

    faces: tuple[Probe, ...]
    image: ImageSize | None = None
    model: ModelRef | None = None
    cache: CacheUse = "off"
    timings_ms: dict[str, float] = field(default_factory=dict)


def probes_of(picture: EmbeddedPicture, chosen: FoundFace | None = None) -> Probes:
    """The faces of a picture, or the chosen one."""
    found = picture.found
    meant = [(found.faces.index(chosen), chosen)] if chosen else list(enumerate(found.faces))
    faces = tuple(Probe(entry.embedding, entry.face, entry.mask, place) for place, entry in meant)
    return Probes(faces, found.image, found.embedder, picture.cache, picture.timings_ms)


def probe_given(embedding: PublicEmbedding, embedder: ModelDescription, name: str) -> Probes:
    """An embedding that was sent. Raises ModelMismatchError, InvalidRequestError."""
    model = embedding.model
    if model.digest != embedder.digest:
        raise ModelMismatchError(
            f"{name} is of {model.name} {model.version} ({model.digest[:12]}), the embedder is "
            f"{embedder.name} {embedder.version} ({embedder.digest[:12]}); embed the picture again",
            errors=[FieldError(field=name, reason="is of another model")],
        )
    try:
        numbers = _numbers(embedding.values)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise _unusable(name, "is neither a list of numbers nor base64 of float32") from error
    expected = embedder.dimensions or embedding.dimensions
    if not len(numbers) == embedding.dimensions == expected:
        raise _unusable(name, f"has {len(numbers)} numbers, not {expected}")
    if not abs(math.hypot(*numbers) - 1) < _TOLERANCE:  # so that NaN is refused as well
        raise _unusable(name, "is not of length 1: send it as /v1/embed answers it")
    return Probes((Probe(numbers.tobytes()),), model=embedder.narrowed(ModelRef))


def _numbers(values: list[float] | str) -> "array[float]":
    if isinstance(values, list):
        return array("f", values)
    numbers = array("f")
    numbers.frombytes(base64.b64decode(values, validate=True))
    return numbers


def _unusable(name: str, reason: str) -> InvalidRequestError:
    return InvalidRequestError(f"{name} {reason}", errors=[FieldError(field=name, reason=reason)])
