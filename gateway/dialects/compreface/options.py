"""What CompreFace's operations are asked with, under its own names."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from contracts.message import Message
from contracts.storable import Text

Plugin = Literal["age", "gender", "landmarks", "calculator", "mask", "pose"]
Name = Annotated[Text, Field(min_length=1, max_length=256)]
Vector = list[float]


class Options(Message):
    """How the faces of a picture are found, and what is said of each."""

    limit: int = Field(default=0, ge=0, le=1000, description="most faces, the largest first; 0 for all")
    det_prob_threshold: float | None = Field(default=None, ge=0, le=1)
    face_plugins: list[Plugin] = []
    status: bool = False
    detect_faces: Literal[True] = True
    """False would take the whole picture for a face."""

    @field_validator("face_plugins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """`age,gender` is a list, and an empty text an empty one."""
        texts = value if isinstance(value, list) else [value]
        return [name.strip() for text in texts for name in str(text).split(",") if name.strip()]

    @field_validator("detect_faces", "status", mode="before")
    @classmethod
    def _spelled(cls, value: Any) -> Any:
        """A query says `true`."""
        known = {"true": True, "false": False}
        return known.get(value.lower(), value) if isinstance(value, str) else value


class RecognizeOptions(Options):
    """The same, and how many subjects are named per face."""

    prediction_count: int = Field(default=1, ge=1, le=100)


class AddOptions(Options):
    """Whose face an example is."""

    subject: Name


class NamedSubject(Message):
    """A subject by name."""

    subject: Name

    @classmethod
    def ignoring(cls, body: Any) -> "NamedSubject":
        """From a body that may hold more: the Python SDK also sends where it sends it."""
        return cls.model_validate({"subject": body.get("subject")} if isinstance(body, dict) else body)


def _one_or_many(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class Embeddings(Message):
    """Embeddings to look up."""

    embeddings: list[Vector] = Field(min_length=1, max_length=100)


class EmbeddingPairs(Message):
    """An embedding and those it is held against."""

    source: Vector
    targets: Annotated[list[Vector], BeforeValidator(_one_or_many)] = Field(min_length=1, max_length=100)
