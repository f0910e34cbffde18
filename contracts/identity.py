"""The messages of identity: verification, collections of enrolled people, identification."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from contracts.faces import Face, ImageSize, ProbedFace
from contracts.message import Message
from contracts.models import ModelRef
from contracts.patterns import IDENTIFIER
from contracts.problems import Problem
from contracts.storable import Metadata, Text

Metric = Literal["cosine", "euclidean"]
FaceChoice = Literal["only", "largest"]
Decision = Literal["match", "uncertain", "unknown"]
LowQuality = Literal["reject", "flag"]
Shortcoming = Literal["too-small", "blurred", "extreme-pose", "low-score", "masked"]
EnrolWarning = Literal[Shortcoming, "duplicate-picture", "other-subject"]
OnConflict = Literal["reject", "flag", "allow"]
FaceWarning = Literal["masked"]
_LESS_CERTAIN = "what makes the comparison less certain than its rate says"
FaceWarnings = Annotated[list[FaceWarning], Field(description=_LESS_CERTAIN)]
FalseMatchRate = Annotated[
    float,
    Field(
        ge=1e-5,
        le=0.1,
        description="share of pairs of different people to accept; 0.01, 0.001 and 0.0001 are measured",
    ),
]

Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
"""An id of the caller's own: 1 to 128 letters, digits and `.`, `_`, `@`, `-`, the first a letter or digit."""


class VerifiedFace(ProbedFace):
    """The face of one of the two pictures that was compared; empty where an embedding was sent."""

    image: ImageSize | None = None
    """The size of its picture."""
    warnings: FaceWarnings | None = None
    """What makes the comparison less certain than its rate says."""


class VerifyAnswer(Message):
    """Whether two pictures show the same person, at a stated rate of false matches."""

    verified: bool
    """Whether the threshold is reached."""
    similarity: float = Field(description="cosine of the two embeddings, -1 to 1")
    distance: float = Field(description="cosine: 1 - similarity; euclidean: distance of the unit embeddings")
    threshold: float = Field(
        description="cosine: lowest similarity that verifies; euclidean: largest distance that does"
    )
    metric: Metric
    """What the threshold is of."""
    false_match_rate: float | None = Field(
        default=None, description="share of pairs of different people that this threshold accepts"
    )
    probability: float | None = Field(
        default=None,
        description="calibrated probability of the same person, both answers being equally likely",
    )
    faces: list[VerifiedFace] = Field(description="the compared face of image_a, then of image_b")
    model: ModelRef
    """The embedder."""
    timings_ms: dict[str, float]
    """Milliseconds per stage, and `total`."""


class NewCollection(Message):
    """A collection to create."""

    id: Identifier
    """Your own id: 1 to 128 letters, digits and . _ @ -."""
    description: Text = Field(default="", max_length=1024, description="free text")
    keep_chips: bool = Field(
        default=False,
        description="keep the aligned crop of each enrolled face, so that the collection can move to another embedder",
    )


class Collection(Message):
    """A gallery of enrolled people, pinned to one embedding model."""

    id: str
    """The caller's own id."""
    description: str
    """Free text."""
    model: ModelRef
    """The embedder that the collection is pinned to."""
    dimensions: int
    """Numbers in an embedding."""
    keep_chips: bool = False
    """Whether the aligned crop of each enrolled face is kept."""
    subjects: int
    """How many people."""
    faces: int
    """How many enrolled faces."""
    created_at: datetime
    """When it was created, UTC."""


class NewSubject(Message):
    """A person to enrol; `metadata` is any JSON object of at most 16 KiB."""

    id: Identifier
    """Your own id: 1 to 128 letters, digits and . _ @ -."""
    name: Text | None = Field(default=None, max_length=256)
    """Free text."""
    metadata: Metadata = {}
    """Any JSON object of at most 16 KiB."""


class SubjectChange(Message):
    """What to change of a subject; a field that is absent stays."""

    id: Identifier | None = None
    """The new id; its faces go with it."""
    name: Text | None = Field(default=None, max_length=256)
    """The new name; null takes it away."""
    metadata: Metadata | None = None
    """The new metadata, whole; null empties it."""


class NewMerge(Message):
    """Which subject is the same person."""

    duplicate: Identifier
    """The id of the subject whose faces are taken over; it is gone afterwards."""


class Subject(Message):
    """An enrolled person."""

    id: str
    """The caller's own id."""
    name: str | None = None
    """Free text."""
    metadata: dict[str, JsonValue]
    """The caller's own JSON."""
    faces: int
    """How many enrolled faces."""
    created_at: datetime
    """When it was created, UTC."""
    updated_at: datetime
    """When it was last changed, UTC."""


class Candidate(Message):
    """A subject that resembles a face, by its best enrolled face."""

    subject: str
    """The subject's id."""
    name: str | None = None
    """The subject's name, if it has one."""
    similarity: float
    """Cosine similarity of the best enrolled face, -1 to 1."""
    face_id: str
    """Which enrolled face that is."""
    probability: float | None = None
    """Calibrated probability of the same person, both answers being equally likely."""


class EnrolledFace(Face):
    """A face of a subject; `warnings` names what speaks against it."""

    face_id: str
    """The id of the enrolled face (UUID)."""
    subject: str
    """The subject's id."""
    warnings: list[EnrolWarning] = []
    """What the picture lacks or contradicts, when it was enrolled all the same."""
    conflicts: list[Candidate] | None = None
    """The other subjects that it matches; told once, when it is enrolled."""
    created_at: datetime
    """When it was enrolled, UTC."""


class CollectionPage(Message):
    """Collections by id; `next` goes into `after` for the page that follows."""

    collections: list[Collection]
    """By id."""
    next: str | None = None
    """Goes into `after` for the page that follows; absent on the last one."""


class SubjectPage(Message):
    """Subjects by id."""

    subjects: list[Subject]
    """By id."""
    next: str | None = None
    """Goes into `after` for the page that follows; absent on the last one."""


class FacePage(Message):
    """Faces of a subject, oldest first."""

    faces: list[EnrolledFace]
    """Oldest first."""
    next: str | None = None
    """Goes into `after` for the page that follows; absent on the last one."""


class EnrolResult(Message):
    """What became of one picture of a bulk enrolment."""

    index: int
    """Which picture, from 0."""
    subject: str
    """Whose picture: the subject's id."""
    enrolled: EnrolledFace | None = None
    """The enrolled face."""
    problem: Problem | None = None
    """Why it was not enrolled."""


class EnrolAnswer(Message):
    """One result per picture, in order."""

    results: list[EnrolResult]
    """One per picture, in order."""
    enrolled: int
    """How many pictures were enrolled."""
    failed: int
    """How many were not."""


class ExportedFace(EnrolledFace):
    """A face with its embedding, and its chip where that is kept."""

    chip: str | None = Field(
        default=None, description="base64 of zlib of 256 x 256 x 3 bytes, RGB: the aligned crop that is kept"
    )

    embedding: str = Field(description="base64 of float32 little-endian")


class SubjectExport(Message):
    """Everything that is stored of a subject."""

    collection: str
    """The collection's id."""
    subject: Subject
    """The person."""
    model: ModelRef
    """The embedder."""
    dimensions: int
    """Numbers in an embedding."""
    faces: list[ExportedFace]
    """Every enrolled face with its embedding."""


class IdentifiedFace(ProbedFace):
    """A face with the subjects that resemble it most, best first."""

    decision: Decision
    """`match`, `uncertain` (worth a look) or `unknown`."""
    warnings: FaceWarnings | None = None
    """What makes the comparison less certain than its rate says."""
    candidates: list[Candidate]
    """The most similar subjects, best first."""


class IdentifyAnswer(Message):
    """Who is on a picture, face by face, best detection score first."""

    image: ImageSize | None = None
    """The size of the upright picture; absent where an embedding was sent."""
    faces: list[IdentifiedFace]
    """Every face, best detection score first."""
    threshold: float = Field(description="similarity from which on the decision is `match`")
    uncertain_threshold: float = Field(description="similarity from which on it is `uncertain`")
    false_positive_rate: float | None = Field(
        default=None, description="share of strangers that match anybody in this gallery"
    )
    gallery: int = Field(description="faces that each face was compared with")
    search: Literal["exact", "index"]
    """How the gallery was searched."""
    model: ModelRef
    """The embedder."""
    timings_ms: dict[str, float]
    """Milliseconds per stage."""
