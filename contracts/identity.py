"""The messages of identity: verification, collections of enrolled people, identification."""

import math
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, JsonValue

from contracts.faces import Face, ImageSize
from contracts.message import Message
from contracts.models import ModelRef
from contracts.patterns import IDENTIFIER
from contracts.problems import Problem

Metric = Literal["cosine", "euclidean"]
FaceChoice = Literal["only", "largest"]
Decision = Literal["match", "uncertain", "unknown"]
LowQuality = Literal["reject", "flag"]
Shortcoming = Literal["too-small", "blurred", "extreme-pose", "low-score"]

Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
"""An id of the caller's own: 1 to 128 letters, digits and `.`, `_`, `@`, `-`, the first a letter or digit."""


def _storable(text: str) -> str:
    """PostgreSQL stores every character but NUL; a lone surrogate is no character at all."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not contain NUL or lone surrogates")
    return text


def _storable_json(value: Any) -> Any:
    """JSON as PostgreSQL stores it: no NUL in any string, no number that is not finite."""
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must not contain NaN or infinite numbers")
    if isinstance(value, dict):
        for name, member in value.items():
            _storable(name)
            _storable_json(member)
    elif isinstance(value, list):
        for member in value:
            _storable_json(member)
    return value


Text = Annotated[str, AfterValidator(_storable)]
Metadata = Annotated[dict[str, JsonValue], AfterValidator(_storable_json)]


class VerifiedFace(Face):
    """The face of one of the two pictures that was compared."""

    image: ImageSize


class VerifyAnswer(Message):
    """Whether two pictures show the same person, at a stated rate of false matches."""

    verified: bool
    similarity: float = Field(description="cosine of the two embeddings, -1 to 1")
    distance: float = Field(description="cosine: 1 - similarity; euclidean: distance of the unit embeddings")
    threshold: float = Field(
        description="cosine: lowest similarity that verifies; euclidean: largest distance that does"
    )
    metric: Metric
    false_match_rate: float | None = Field(
        default=None, description="share of pairs of different people that this threshold accepts"
    )
    probability: float | None = Field(
        default=None,
        description="calibrated probability of the same person, both answers being equally likely",
    )
    faces: list[VerifiedFace] = Field(description="the compared face of image_a, then of image_b")
    model: ModelRef
    timings_ms: dict[str, float]


class NewCollection(Message):
    """A collection to create."""

    id: Identifier
    description: Text = Field(default="", max_length=1024)


class Collection(Message):
    """A gallery of enrolled people, pinned to one embedding model."""

    id: str
    description: str
    model: ModelRef
    dimensions: int
    subjects: int
    faces: int
    created_at: datetime


class NewSubject(Message):
    """A person to enrol; `metadata` is any JSON object of at most 16 KiB."""

    id: Identifier
    name: Text | None = Field(default=None, max_length=256)
    metadata: Metadata = {}


class SubjectChange(Message):
    """What to change of a subject; a field that is absent stays."""

    name: Text | None = Field(default=None, max_length=256)
    metadata: Metadata | None = None


class Subject(Message):
    """An enrolled person."""

    id: str
    name: str | None = None
    metadata: Metadata
    faces: int
    created_at: datetime
    updated_at: datetime


class EnrolledFace(Face):
    """A face of a subject; `warnings` names what a flagged face lacks."""

    face_id: str
    subject: str
    warnings: list[Shortcoming] = []
    created_at: datetime


class CollectionPage(Message):
    """Collections by id; `next` goes into `after` for the page that follows."""

    collections: list[Collection]
    next: str | None = None


class SubjectPage(Message):
    """Subjects by id."""

    subjects: list[Subject]
    next: str | None = None


class FacePage(Message):
    """Faces of a subject, oldest first."""

    faces: list[EnrolledFace]
    next: str | None = None


class EnrolResult(Message):
    """What became of one picture of a bulk enrolment."""

    index: int
    subject: str
    enrolled: EnrolledFace | None = None
    problem: Problem | None = None


class EnrolAnswer(Message):
    """One result per picture, in order."""

    results: list[EnrolResult]
    enrolled: int
    failed: int


class ExportedFace(EnrolledFace):
    """A face with its embedding."""

    embedding: str = Field(description="base64 of float32 little-endian")


class SubjectExport(Message):
    """Everything that is stored of a subject."""

    collection: str
    subject: Subject
    model: ModelRef
    dimensions: int
    faces: list[ExportedFace]


class Candidate(Message):
    """A subject that resembles a face, by its best enrolled face."""

    subject: str
    name: str | None = None
    similarity: float
    face_id: str
    probability: float | None = None


class IdentifiedFace(Face):
    """A face with the subjects that resemble it most, best first."""

    decision: Decision
    candidates: list[Candidate]


class IdentifyAnswer(Message):
    """Who is on a picture, face by face, best detection score first."""

    image: ImageSize
    faces: list[IdentifiedFace]
    threshold: float = Field(description="similarity from which on the decision is `match`")
    uncertain_threshold: float = Field(description="similarity from which on it is `uncertain`")
    false_positive_rate: float | None = Field(
        default=None, description="share of strangers that match anybody in this gallery"
    )
    gallery: int = Field(description="faces that each face was compared with")
    search: Literal["exact", "index"]
    model: ModelRef
    timings_ms: dict[str, float]
