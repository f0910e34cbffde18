"""The messages of a collection's move to another embedder."""

from typing import Literal

from pydantic import Field

from contracts.message import Message
from contracts.models import ModelRef


class NewMove(Message):
    """Where a collection is to move."""

    to: str | None = Field(
        default=None,
        min_length=8,
        max_length=64,
        description="the digest of an embedder's model, or how it begins; the default embedder's when absent",
    )


class Move(Message):
    """A collection on its way to another embedder, or back.

    `moving`: its faces are being embedded anew, the old model answers; it becomes `moved` by itself. `moved` and `back`:
    both models' embeddings are kept up, so that it can go the other way at once. `ending`: the other ones are removed.
    """

    state: Literal["moving", "moved", "back", "ending"]
    """Where it stands."""
    model: ModelRef
    """The model that answers now."""
    other: ModelRef
    """The model that is moved to, or was moved from."""
    faces: int
    """How many faces there are."""
    done: int
    """How many of them are embedded by both models."""
    pending: int = 0
    """How many more will be, as their chip is kept; the others stay behind."""
    waiting: int
    """Subjects without a kept chip: each needs a new picture, enrolled as usual."""
    subjects: list[str]
    """The first hundred of those subjects."""
