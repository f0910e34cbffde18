"""The public answers of the gateway."""

from typing import Literal

from pydantic import Field

from contracts.analysis import Attributes, Choice
from contracts.faces import Face, ImageSize
from contracts.keypoints import Keypoints
from contracts.message import Message
from contracts.models import ModelDescription, ModelRef
from contracts.problems import StageProblem

Feature = Literal["attributes", "emotion", "keypoints", "embedding"]
DEFAULT_FEATURES: tuple[Feature, ...] = ("attributes", "emotion", "keypoints")


class DetectAnswer(Message):
    """The faces of a picture, best score first."""

    image: ImageSize
    faces: list[Face]
    timings_ms: dict[str, float]


class PublicEmbedding(Message):
    """An L2-normalised identity embedding; comparable only with embeddings of the same model."""

    values: list[float] | str = Field(description="numbers, or base64 of float32 little-endian")
    model: ModelRef
    dimensions: int


class AnalyzedFace(Face):
    """A face with every feature that was asked for and did not fail."""

    attributes: Attributes | None = None
    emotion: Choice | None = None
    keypoints: Keypoints | None = None
    embedding: PublicEmbedding | None = None


class AnalyzeAnswer(Message):
    """The faces of a picture with their features; `problems` names the features that failed."""

    image: ImageSize
    faces: list[AnalyzedFace]
    problems: list[StageProblem] = []
    timings_ms: dict[str, float]


class EmbeddedFace(Face):
    """A face with its embedding."""

    embedding: PublicEmbedding


class EmbedAnswer(Message):
    """The faces of a picture with their embeddings."""

    image: ImageSize
    faces: list[EmbeddedFace]
    timings_ms: dict[str, float]


class GenerateAnswer(Message):
    """Synthetic faces as base64 PNG, and the seed that gives them again."""

    images: list[str]
    seed: int
    width: int
    height: int
    model: ModelRef


class ModelsAnswer(Message):
    """The models behind every task; a service that cannot be asked is named in `unavailable`."""

    models: list[ModelDescription]
    unavailable: list[str] = []


class ReadyAnswer(Message):
    """Whether every service is ready, and why not."""

    ready: bool
    services: dict[str, str] = Field(description="per service `ready` or the reason why not")
    stores: dict[str, str] = Field(
        default={},
        description="PostgreSQL and Redis: `ready`, `not configured`, or the reason why not; neither is needed to analyse",
    )
    degraded: bool = Field(
        default=False, description="a configured store cannot be used: something works less well"
    )
