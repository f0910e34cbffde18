"""The public answers of the gateway."""

from typing import Literal

from pydantic import Field

from contracts.analysis import Attributes, Choice
from contracts.faces import Face, ImageSize
from contracts.keypoints import Keypoints
from contracts.liveness import Liveness
from contracts.message import Message
from contracts.models import ModelDescription, ModelRef
from contracts.problems import Problem, StageProblem

Feature = Literal["attributes", "emotion", "keypoints", "embedding", "liveness"]
DEFAULT_FEATURES: tuple[Feature, ...] = ("attributes", "emotion", "keypoints")


class DetectedFace(Face):
    """A face, with its picture when that was asked for."""

    crop: str | None = None
    """The aligned face, 256x256 pixels: base64 of a JPEG, with `crops=true`."""


class DetectAnswer(Message):
    """The faces of a picture, best score first."""

    image: ImageSize
    """The size of the upright picture."""
    faces: list[DetectedFace]
    """Every face, best detection score first."""
    timings_ms: dict[str, float]
    """Milliseconds per stage, and `total`."""


class PublicEmbedding(Message):
    """An L2-normalised identity embedding; comparable only with embeddings of the same model."""

    values: list[float] | str = Field(description="numbers, or base64 of float32 little-endian")
    model: ModelRef
    """The embedder."""
    dimensions: int
    """How many numbers."""


class AnalyzedFace(DetectedFace):
    """A face with every feature that was asked for and did not fail."""

    attributes: Attributes | None = None
    """Age, gender, race and mask, when asked for."""
    emotion: Choice | None = None
    """The expression, when asked for."""
    keypoints: Keypoints | None = None
    """Points, action units, pose and gaze, when asked for."""
    embedding: PublicEmbedding | None = None
    """The identity embedding, when asked for."""
    liveness: Liveness | None = None
    """Whether it looks like a face before the camera, when asked for; advisory."""


class AnalyzeAnswer(Message):
    """The faces of a picture with their features; `problems` names the features that failed."""

    image: ImageSize
    """The size of the upright picture."""
    faces: list[AnalyzedFace]
    """Every face, best detection score first."""
    problems: list[StageProblem] = []
    """Features that failed; the others are there."""
    timings_ms: dict[str, float]
    """Milliseconds per stage, and `total`."""


class BatchResult(Message):
    """What became of one picture of a batch."""

    index: int
    """Which picture, from 0."""
    analyzed: AnalyzeAnswer | None = None
    """Its faces."""
    problem: Problem | None = None
    """Why it was not analysed."""


class BatchAnswer(Message):
    """One result per picture, in order."""

    results: list[BatchResult]
    """One per picture, in order."""
    analyzed: int
    """How many pictures were analysed."""
    failed: int
    """How many were not."""
    timings_ms: dict[str, float]
    """Milliseconds for all of them: `total`."""


class EmbeddedFace(Face):
    """A face with its embedding."""

    embedding: PublicEmbedding
    """The identity embedding."""


class EmbedAnswer(Message):
    """The faces of a picture with their embeddings."""

    image: ImageSize
    """The size of the upright picture."""
    faces: list[EmbeddedFace]
    """Every face, best detection score first."""
    timings_ms: dict[str, float]
    """Milliseconds per stage, and `total`."""


class GenerateAnswer(Message):
    """Synthetic faces as base64 PNG, and the seed that gives them again."""

    images: list[str]
    """PNGs in base64."""
    seed: int
    """The seed that gives the same faces again."""
    width: int
    """Of each picture, pixels."""
    height: int
    """Of each picture, pixels."""
    model: ModelRef
    """The generator."""


class ModelsAnswer(Message):
    """The models behind every task; a service that cannot be asked is named in `unavailable`, a task without one in `not_served`."""

    models: list[ModelDescription]
    """What is loaded."""
    unavailable: list[str] = []
    """Services that could not be asked."""
    not_served: list[str] = []
    """Tasks that this server has no model for."""


class ReadyAnswer(Message):
    """Whether every service is ready, and why not."""

    ready: bool
    """Whether every service is ready."""
    services: dict[str, str] = Field(description="per service `ready` or the reason why not")
    stores: dict[str, str] = Field(
        default={},
        description="PostgreSQL and Redis: `ready`, `not configured`, or the reason why not; neither is needed to analyse",
    )
    degraded: bool = Field(
        default=False, description="a configured store cannot be used: something works less well"
    )
