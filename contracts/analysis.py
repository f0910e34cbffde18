"""Messages of the per-face services: chips -> embeddings, attributes, emotions."""

from pydantic import Field, model_validator

from contracts.chips import CHIP_SIZE
from contracts.message import Message
from contracts.models import ModelRef

CHIP_BYTES = CHIP_SIZE * CHIP_SIZE * 3


class ChipsRequest(Message):
    """Chips to analyse: n x 256 x 256 x 3 RGB uint8, row by row."""

    chips: bytes

    @model_validator(mode="after")
    def _holds_whole_chips(self) -> "ChipsRequest":
        if not self.chips or len(self.chips) % CHIP_BYTES:
            raise ValueError(
                f"chips must hold one or more chips of {CHIP_BYTES} bytes, not {len(self.chips)} bytes"
            )
        return self

    @property
    def count(self) -> int:
        """How many chips there are."""
        return len(self.chips) // CHIP_BYTES


class Embedding(Message):
    """An identity embedding: float32 little-endian, L2-normalised."""

    values: bytes
    mask: float | None = Field(default=None, description="probability that a mask covers the face")


class EmbedReply(Message):
    """One embedding per chip, in order."""

    embeddings: list[Embedding]
    dimensions: int
    model: ModelRef


class Age(Message):
    """Age in years with its 80 % interval."""

    years: float = Field(ge=0)
    """The expected age, years."""
    low: float = Field(ge=0)
    """10 % of people who look like this are younger, years."""
    high: float = Field(ge=0)
    """10 % are older, years."""


class Choice(Message):
    """The most probable label and the probability of each."""

    label: str
    """The most probable label."""
    scores: dict[str, float]
    """Probability of each label; they sum to 1."""


class Attributes(Message):
    """Age, gender, race and mask as a model judges a picture: appearance, not what a person says of themselves."""

    age: Age
    """Age with its 80 % interval."""
    gender: Choice
    """`female` or `male`."""
    race: Choice | None = None
    """One of FairFace's seven groups."""
    mask: Choice | None = None
    """`none` or `mask`: whether a mask covers mouth and nose."""


class AttributesReply(Message):
    """One answer per chip, in order."""

    faces: list[Attributes]
    model: ModelRef


class EmotionReply(Message):
    """One answer per chip, in order: the probability of each of seven expressions."""

    faces: list[Choice]
    model: ModelRef
