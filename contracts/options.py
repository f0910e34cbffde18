"""What may be asked of the public routes beside the picture; multipart text, JSON and the query string say it alike."""

import json
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from contracts.action_units import ActionUnit
from contracts.api import DEFAULT_FEATURES, Feature
from contracts.detection import DetectOptions
from contracts.identity import FaceChoice, FalseMatchRate, Identifier, LowQuality, Metric, OnConflict
from contracts.message import Message

Encoding = Literal["float", "base64"]


def from_json_text(value: Any) -> Any:
    """What is an object in JSON comes as JSON text in a form. Raises ValueError for text that is none."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error


_Crops = Annotated[
    bool, Field(description="each face's aligned crop, 256x256 pixels, as base64 of a JPEG, in `crop`")
]


class FindOptions(DetectOptions):
    """Which faces, and whether to show them."""

    crops: _Crops = False


class EmbedOptions(DetectOptions):
    """Which faces, and how their embeddings are written."""

    encoding: Encoding = Field(
        default="float", description="embedding as numbers, or as base64 of float32 little-endian"
    )


class AnalyzeOptions(EmbedOptions):
    """Which faces, and what to say of them."""

    features: list[Feature] = Field(
        default=list(DEFAULT_FEATURES),
        description="what to add to each face; as text repeated or separated by commas",
    )
    crops: _Crops = False
    mesh: bool = Field(default=False, description="keypoints with the 478-point mesh")
    blendshapes: bool = Field(default=False, description="keypoints with the 52 blendshapes")

    neutral: Annotated[dict[str, ActionUnit] | None, BeforeValidator(from_json_text)] = Field(
        default=None,
        description="action units of the resting face of the one person in the picture, taken out of the answer's; "
        "JSON text in a form",
    )


class VerifyOptions(DetectOptions):
    """How two faces are compared. `max_faces` has no meaning here."""

    face: FaceChoice = Field(
        default="only", description="`only` refuses a picture with several faces, `largest` takes the largest"
    )
    metric: Metric = "cosine"
    """What the threshold is of."""
    false_match_rate: FalseMatchRate = 0.001
    threshold: float | None = Field(
        default=None,
        ge=0,
        le=2,
        description="instead of a rate: lowest similarity (cosine, 0 to 1) or largest distance (euclidean, 0 to 2)",
    )
    require_live: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="refuse image_b, the picture taken now, when its face scores less in liveness; advisory, 0.78 is measured",
    )

    @field_validator("threshold")
    @classmethod
    def _reachable(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and value > 1 and info.data.get("metric") == "cosine":
            raise ValueError("a cosine is at most 1")
        return value


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
        default=None, ge=0, le=1, description="instead of a rate: lowest similarity that is a match"
    )
    require_live: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="refuse a picture with a face that scores less in liveness; advisory, 0.78 is measured",
    )


class EnrolOptions(DetectOptions):
    """How a face is enrolled. `max_faces` has no meaning here."""

    face: FaceChoice = Field(
        default="only", description="`only` refuses a picture with several faces, `largest` takes the largest"
    )
    on_low_quality: LowQuality = Field(
        default="reject", description="`reject` refuses a poor picture, `flag` enrols it with warnings"
    )
    on_conflict: OnConflict = Field(
        default="flag",
        description="a face that matches another subject: `reject` refuses it, `flag` enrols it with a warning, "
        "`allow` does not look",
    )


class BulkEnrolOptions(EnrolOptions):
    """How many pictures are enrolled at once."""

    subjects: list[Identifier] = Field(
        min_length=1,
        description="the subject of each picture, in order, or one for all; as text repeated or separated by commas",
    )
    create_subjects: bool = Field(default=True, description="create subjects that do not exist")


class GenerateOptions(Message):
    """How many faces, from which seed, as single pictures or as one grid."""

    count: int = Field(default=1, ge=1, le=64)
    """How many faces."""
    seed: int | None = Field(default=None, ge=0, lt=2**53, description="the same seed gives the same faces")
    layout: Literal["list", "grid"] = "list"
    """A list of pictures, or one picture of them all."""
