"""Pictures with faces made unrecognisable: what is asked of the gateway, and of the detector service."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from contracts.detection import DetectOptions
from contracts.faces import Box
from contracts.identity import Identifier
from contracts.message import Message

Method = Literal["blur", "pixelate", "cover"]
FaceSet = Literal["all", "others", "members"]
PictureFormat = Literal["jpeg", "png"]

MOST_FACES = 1000


class RedactOptions(DetectOptions):
    """Which faces are made unrecognisable, and how."""

    max_faces: int = Field(
        default=MOST_FACES, ge=1, le=MOST_FACES, description="at most this many faces; others stay visible"
    )
    method: Method = "blur"
    """`blur`, `pixelate`, or `cover` with black; all three leave too little of a face to recognise it."""
    faces: FaceSet = Field(
        default="all",
        description="`all`; `others`: all but those that match a member of `collection`; "
        "`members`: only those that match one or may be one (`uncertain`)",
    )
    collection: Identifier | None = Field(
        default=None, validate_default=True, description="whose members are meant by `others` and `members`"
    )
    false_positive_rate: float = Field(
        default=0.01,
        ge=1e-4,
        le=0.1,
        description="share of strangers that may match anybody, as for identification",
    )
    threshold: float | None = Field(
        default=None, ge=0, le=1, description="instead of a rate: lowest similarity that is a match"
    )

    @field_validator("collection")
    @classmethod
    def _named_where_it_counts(cls, value: str | None, info: ValidationInfo) -> str | None:
        if (value is None) != (info.data.get("faces", "all") == "all"):
            raise ValueError("is needed for `others` and `members`, and means nothing for `all`")
        return value


class RedactRequest(Message):
    """A photo as uploaded (encoded bytes), and where its faces are to be made unrecognisable."""

    image: bytes
    boxes: list[Box] = Field(max_length=MOST_FACES, description="of faces, pixels of the upright photo")
    method: Method
    """How."""
    format: PictureFormat
    """Of the answer."""


class RedactReply(Message):
    """The upright photo, with nothing of its metadata."""

    image: bytes
    """An encoded picture."""
