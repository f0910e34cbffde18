"""The options of the identity routes, from multipart text, JSON or the query string alike."""

from typing import Any

from pydantic import Field, field_validator

from contracts.detection import DetectOptions
from contracts.identity import FaceChoice, Identifier, LowQuality, Metric


class VerifyOptions(DetectOptions):
    """How two faces are compared. `max_faces` has no meaning here."""

    face: FaceChoice = Field(
        default="only", description="`only` refuses a picture with several faces, `largest` takes the largest"
    )
    metric: Metric = "cosine"
    false_match_rate: float = Field(
        default=0.001,
        ge=1e-5,
        le=0.1,
        description="share of pairs of different people to accept; 0.01, 0.001 and 0.0001 are measured",
    )
    threshold: float | None = Field(
        default=None,
        ge=-1,
        le=2,
        description="instead of a rate: lowest similarity (cosine) or largest distance (euclidean)",
    )


class IdentifyOptions(DetectOptions):
    """How a face is looked up."""

    top_k: int = Field(default=5, ge=1, le=100, description="subjects per face")
    false_positive_rate: float = Field(
        default=0.01,
        ge=1e-4,
        le=0.1,
        description="share of strangers that may match anybody; the threshold follows the gallery's size",
    )
    threshold: float | None = Field(
        default=None, ge=-1, le=1, description="instead of a rate: lowest similarity that is a match"
    )


class EnrolOptions(DetectOptions):
    """How a face is enrolled. `max_faces` has no meaning here."""

    face: FaceChoice = Field(
        default="only", description="`only` refuses a picture with several faces, `largest` takes the largest"
    )
    on_low_quality: LowQuality = Field(
        default="reject", description="`reject` refuses a poor picture, `flag` enrols it with warnings"
    )


class BulkEnrolOptions(EnrolOptions):
    """How many pictures are enrolled at once."""

    subjects: list[Identifier] = Field(
        min_length=1,
        description="the subject of each picture, in order, or one for all; as text separated by commas",
    )
    create_subjects: bool = Field(default=True, description="create subjects that do not exist")

    @field_validator("subjects", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """`subjects=ann,bob` from a form is a list."""
        if isinstance(value, str):
            return [name.strip() for name in value.split(",")]
        return value
