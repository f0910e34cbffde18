"""Messages of the generator: seed -> synthetic faces."""

from pydantic import Field

from contracts.message import Message
from contracts.models import ModelRef


class GenerateRequest(Message):
    """How many faces, and from which seed: the same seed gives the same faces."""

    count: int = Field(default=1, ge=1, le=64)
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    grid: bool = False


class GenerateReply(Message):
    """PNG pictures, each marked synthetic in its metadata; one picture holds all faces when a grid was asked for."""

    images: list[bytes]
    seed: int
    width: int
    height: int
    model: ModelRef
