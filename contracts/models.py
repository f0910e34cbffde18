"""What is loaded: the model behind an answer, as the services report it and `/v1/models` shows it."""

from typing import Any

from pydantic import Field

from contracts.message import Message


class ModelRef(Message):
    """The model that gave an answer."""

    name: str
    """Name of the model."""
    version: str
    """Version of the model."""
    digest: str = Field(description="SHA-256 of the ONNX file, hexadecimal")


class ModelDescription(ModelRef):
    """All a user may want to know of a loaded model."""

    task: str
    """What it is for."""
    provider: str = Field(
        description="the execution provider the session really uses, e.g. CPUExecutionProvider"
    )
    device: str = Field(description="cpu, or the CUDA device id")
    licence: dict[str, str] = Field(description="licence of the weights and of the training data")
    training_data: str
    """What it learned from."""
    metrics: dict[str, Any] = Field(description="measured accuracy, as in the model card")
    labels: dict[str, list[str]] = {}
    """Its labels by output."""
    calibration: dict[str, Any] | None = Field(
        default=None, description="decision thresholds, where the task has them"
    )
    dimensions: int | None = Field(default=None, description="length of the embeddings, of an embedder")
    source: str = ""
    """Where the weights come from."""


class Readiness(Message):
    """The answer of `/readyz`: ready only after every model reproduced its stored answer."""

    ready: bool
    reason: str | None = None
    models: list[ModelDescription] = []
