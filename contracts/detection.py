"""Messages of the detector: photo -> faces and their chips."""

from typing import Literal

from pydantic import Field

from contracts.faces import ImageSize, LocatedFace
from contracts.liveness import Placement
from contracts.message import Message
from contracts.models import ModelRef

Mode = Literal["fast", "balanced", "thorough"]


class DetectOptions(Message):
    """What to look for. Defaults are the detector's own settings where a field is None."""

    min_score: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="lowest detection score to report; the detector's own unless sent (.62 for YuNet). Lower finds "
        "doubtful faces too, some of which are none",
    )
    min_size: float = Field(default=0, ge=0, description="shortest box side to report, pixels of the photo")
    max_faces: int = Field(
        default=100, ge=1, le=1000, description="at most this many faces, best score first; each takes time"
    )
    mode: Mode | None = Field(
        default=None,
        description="`fast` for portraits, `balanced`, `thorough` for crowds and small faces; each takes a few times as "
        "long as the one before. The server's own unless sent",
    )


class DetectRequest(Message):
    """A photo as uploaded (encoded bytes) and the options."""

    image: bytes
    options: DetectOptions = DetectOptions()
    chips: bool = True
    crops: bool = Field(default=False, description="also each chip as JPEG")
    contexts: bool = False


class DetectReply(Message):
    """The faces, best score first; `chips` holds one chip per face in the same order."""

    image: ImageSize
    faces: list[LocatedFace]
    chips: bytes | None = Field(default=None, description="n x 256 x 256 x 3 RGB uint8, row by row")
    crops: list[bytes] | None = Field(default=None, description="each face's chip as JPEG, in the same order")
    contexts: bytes | None = Field(default=None, description="n x 320 x 320 x 3 RGB uint8, row by row")
    placements: list[Placement] | None = Field(
        default=None, description="the face's place in each context crop"
    )
    model: ModelRef
