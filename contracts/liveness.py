"""Messages of liveness: faces with their surroundings -> a face before the camera, or a picture of one."""

from typing import Literal

from pydantic import Field, model_validator

from contracts.faces import Box
from contracts.message import Message
from contracts.models import ModelRef

CONTEXT_SIDE = 320
CONTEXT_SCALE = 4.0
"""A context crop shows the face's box scaled by this about its centre, limited to the picture, at CONTEXT_SIDE squared."""
CONTEXT_BYTES = CONTEXT_SIDE * CONTEXT_SIDE * 3


class Placement(Message):
    """Where a face's box is in its context crop."""

    box: Box = Field(description="in the crop's pixels")
    stretch: float = Field(default=1, gt=0, description="the crop's horizontal scale over its vertical one")


class LivenessRequest(Message):
    """Context crops, n x 320 x 320 x 3 RGB uint8, row by row, and where the face is in each."""

    contexts: bytes
    placements: list[Placement] = Field(min_length=1, description="one per crop")

    @model_validator(mode="after")
    def _matches(self) -> "LivenessRequest":
        if len(self.contexts) != len(self.placements) * CONTEXT_BYTES:
            raise ValueError(
                f"contexts must hold {CONTEXT_BYTES} bytes per placement, not {len(self.contexts)} in all"
            )
        return self


class Liveness(Message):
    """Advisory: one attack in five passes at .5, and some real pictures fail; never the only gate."""

    label: Literal["real", "presented"]
    """`real`, or `presented`: a print or a screen."""
    score: float = Field(ge=0, le=1, description="how much the face looks like one before the camera")


class LivenessReply(Message):
    """One answer per crop, in order."""

    faces: list[Liveness]
    model: ModelRef
