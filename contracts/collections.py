"""The messages about a whole collection: its description, who is in it, its statistics, and people to look at again."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from contracts.identity import Candidate
from contracts.message import Message
from contracts.models import ModelRef
from contracts.patterns import PAGE
from contracts.storable import Metadata, Text


class CollectionChange(Message):
    """What to change of a collection; a field that is absent stays."""

    description: Text = Field(default="", max_length=1024, description="free text")


class SubjectFilter(Message):
    """Which subjects of a collection; all that is given must hold."""

    prefix: str = Field(default="", pattern=PAGE, description="how the id begins")
    name: Text = Field(default="", max_length=256, description="what the name contains, in any case")
    metadata: Metadata = Field(default={}, description="what the metadata contains")


class CollectionStatistics(Message):
    """What a collection holds, in numbers."""

    id: str
    """The collection's id."""
    subjects: int
    """How many people."""
    subjects_without_faces: int
    """How many of them have no enrolled face: nobody will find them."""
    faces: int
    """How many enrolled faces."""
    most_faces: int
    """Enrolled faces of the subject that has most."""
    flagged_faces: int
    """Faces that were enrolled with a warning."""
    bytes: int
    """What the rows of its faces take in PostgreSQL."""
    index_bytes: int
    """What its index takes; 0 without one."""
    search: Literal["exact", "index"]
    """How it is searched."""
    model: ModelRef
    """The embedder that the collection is pinned to."""
    dimensions: int
    """Numbers in an embedding."""
    created_at: datetime
    """When it was created, UTC."""
    last_enrolled_at: datetime | None = None
    """When the newest of its faces was enrolled, UTC."""


class OddFace(Message):
    """A face that resembles none of the others of its subject."""

    face_id: str
    """The id of the enrolled face (UUID)."""
    similarity: float
    """Cosine similarity of the nearest other face of the subject, -1 to 1."""


class DoubtfulSubject(Message):
    """A subject to look at again."""

    subject: str
    """The subject's id."""
    alike: list[Candidate] = []
    """Other subjects that look like the same person, most similar first; each pair stands with the first by id."""
    odd_faces: list[OddFace] = []
    """Faces that look like another person than the rest of the subject's."""


class CollectionCheck(Message):
    """Who of a page of subjects, by id, should be looked at again."""

    subjects: list[DoubtfulSubject]
    """Those with something to look at, by id."""
    checked: int
    """How many subjects this page looked at."""
    alike_threshold: float = Field(
        description="similarity from which on two subjects look like one: identification's `match`"
    )
    odd_threshold: float = Field(
        description="similarity below which a face looks like nobody of its subject's other faces"
    )
    next: str | None = None
    """Goes into `after` for the page that follows; absent on the last one."""
