"""One face against all faces of other pictures, without a collection."""

from pydantic import Field

from contracts.detection import DetectOptions
from contracts.faces import Face, ImageSize
from contracts.identity import FaceChoice, FalseMatchRate, VerifiedFace
from contracts.message import Message
from contracts.models import ModelRef
from contracts.problems import Problem


class CompareOptions(DetectOptions):
    """How a face is compared with those of other pictures."""

    face: FaceChoice = Field(
        default="only",
        description="of `image`: `only` refuses a picture with several faces, `largest` takes the largest",
    )
    false_match_rate: FalseMatchRate = 0.001
    threshold: float | None = Field(
        default=None, ge=0, le=1, description="instead of a rate: lowest similarity that is a match"
    )


class ComparedFace(Face):
    """A face of another picture, and how much it resembles the one that was sent."""

    similarity: float
    """Cosine similarity, -1 to 1."""
    probability: float | None = None
    """Calibrated probability of the same person, both answers being equally likely."""
    match: bool
    """Whether the threshold is reached."""


class ComparedPicture(Message):
    """What became of one of the other pictures."""

    index: int
    """Which of `others`, from 0."""
    image: ImageSize | None = None
    """The size of the upright picture."""
    faces: list[ComparedFace] = []
    """Every face, best detection score first."""
    problem: Problem | None = None
    """Why it was not compared."""


class CompareAnswer(Message):
    """One face against all faces of other pictures."""

    face: VerifiedFace
    """The face that was looked for; empty where an embedding was sent."""
    results: list[ComparedPicture]
    """One per other picture, in order."""
    threshold: float
    """Lowest similarity that is a match."""
    false_match_rate: float | None = None
    """Share of pairs of different people that this threshold accepts."""
    model: ModelRef
    """The embedder."""
    timings_ms: dict[str, float]
    """Milliseconds for all of it: `total`."""
