"""What a table of faces was made by: options and models. Another option or another model is another table."""

import hashlib
from typing import Literal

from contracts.api import Feature
from contracts.detection import DetectOptions
from contracts.message import Message
from contracts.models import ModelRef
from hexaface.bulk.videos.sampling import Sampling

_DIGITS = 8


class About(Message):
    """Everything that the rows of a table depend on, but the pictures."""

    format: Literal[1] = 1
    """Of the table itself (docs/bulk.md)."""
    features: tuple[Feature, ...]
    """What is said of each face."""
    detect: DetectOptions
    """Which faces are looked for."""
    models: dict[str, ModelRef]
    """Every model by its task."""
    kind: Literal["faces", "frames", "tracks"] = "faces"
    """What a row is: a picture's face, a video's, or all of one person in a video."""
    sampling: Sampling | None = None
    """Which frames of videos are looked at."""

    @property
    def name(self) -> str:
        """The name of the table: the same for the same options and models, and for no others."""
        return f"{self.kind}-{hashlib.sha256(self.to_json()).hexdigest()[:_DIGITS]}"
