"""ONNX sessions: a self-describing graph, loaded on an audited provider, run as named tensors in and out."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnxruntime as ort
import structlog
from numpy.typing import NDArray

from contracts.models import ModelDescription, ModelRef
from serving.errors import GoldenError, ProviderError
from serving.manifest import ModelFiles, locate
from serving.metrics import PROVIDER
from serving.providers import ProviderOptions, audit, candidates
from serving.settings import ServiceSettings
from web.stopwatch import Stopwatch

log = structlog.get_logger(__name__)

Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class ModelInfo:
    """What a graph says of itself in its `metadata_props`."""

    task: str
    name: str
    version: str
    digest: str
    window: tuple[float, float, float, float] | None = None
    size: tuple[int, int] | None = None
    labels: dict[str, list[str]] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def ref(self) -> ModelRef:
        """The model as answers name it."""
        return ModelRef(name=self.name, version=self.version, digest=self.digest)

    def structured(self, key: str) -> Any:
        """The JSON value of `hexaface.<key>`, or None."""
        text = self.metadata.get(f"hexaface.{key}")
        return None if text is None else json.loads(text)


class Session:
    """A loaded graph; `run` is called from one thread at a time."""

    def __init__(
        self, info: ModelInfo, session: ort.InferenceSession, provider: str, settings: ServiceSettings
    ) -> None:
        self.info = info
        self.provider = provider
        self.device = "cpu" if provider == "CPUExecutionProvider" else str(settings.device_id)
        self._session = session
        self._outputs = [output.name for output in session.get_outputs()]
        shapes = {output.name: output.shape for output in session.get_outputs()}
        self._dimensions = shapes["embedding"][-1] if "embedding" in shapes else None

    def run(self, tensors: Tensors) -> dict[str, NDArray[Any]]:
        """Run one batch: every array carries the batch axis first."""
        return dict(zip(self._outputs, self._session.run(self._outputs, dict(tensors)), strict=True))

    def describe(self) -> ModelDescription:
        """The model as `/v1/models` shows it."""
        info = self.info
        return ModelDescription(
            task=info.task,
            name=info.name,
            version=info.version,
            digest=info.digest,
            provider=self.provider,
            device=self.device,
            licence=info.structured("licence") or {},
            training_data=info.metadata.get("hexaface.training_data", ""),
            metrics=info.structured("metrics") or {},
            labels=info.labels,
            calibration=info.structured("calibration"),
            dimensions=self._dimensions,
            source=info.metadata.get("hexaface.source", ""),
        )


def open_session(
    task: str, settings: ServiceSettings, entry: str | None = None
) -> tuple[Session, ModelFiles]:
    """Load the model of a task, or the one under another `entry` of the manifest.

    Raises StartupError with the reason when it cannot be served as asked.
    """
    files = locate(settings.models, entry or task)
    watch = Stopwatch()
    session, provider = _load(files, settings)
    info = _read_info(task, files, session.get_modelmeta().custom_metadata_map)
    PROVIDER.labels(task, provider).set(1)
    log.info(
        "model.loaded",
        task=task,
        model=info.name,
        version=info.version,
        asked=settings.provider,
        provider=provider,
        ms=round(watch.ms),
    )
    return Session(info, session, provider, settings), files


def check_golden(session: Session, files: ModelFiles) -> None:
    """Run the stored input and compare with the stored answer. Raises GoldenError when they differ."""
    with np.load(files.golden, allow_pickle=False) as stored:
        inputs = {key[3:]: stored[key] for key in stored.files if key.startswith("in.")}
        expected = {key[4:]: stored[key] for key in stored.files if key.startswith("out.")}
    actual = session.run(inputs)
    for name, answer in expected.items():
        difference = float(
            np.max(np.abs(actual[name].astype(np.float64) - answer.astype(np.float64)), initial=0.0)
        )
        # `not <=` also catches NaN
        if not difference <= files.entry.atol:
            raise GoldenError(
                f"{session.info.name}: output {name!r} is {difference:.3g} off its stored answer "
                f"(tolerance {files.entry.atol:g}) on {session.provider}"
            )


def _load(files: ModelFiles, settings: ServiceSettings) -> tuple[ort.InferenceSession, str]:
    options = _session_options(settings)
    stacks = candidates(settings)
    for stack in stacks:
        try:
            return _open(files, options, stack)
        except ProviderError as error:
            if stack is stacks[-1]:
                raise
            log.warning("provider.unusable", provider=stack[0][0], reason=str(error))
    raise ProviderError("onnxruntime offers no execution provider")


def _open(
    files: ModelFiles, options: ort.SessionOptions, stack: list[ProviderOptions]
) -> tuple[ort.InferenceSession, str]:
    try:
        session = ort.InferenceSession(str(files.onnx), options, providers=stack)
    except Exception as error:
        raise ProviderError(f"{files.onnx.name} cannot be loaded on {stack[0][0]}: {error}") from error
    session.disable_fallback()
    return session, audit(stack[0][0], session)


def _session_options(settings: ServiceSettings) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = settings.threads or len(os.sched_getaffinity(0))
    # Idle threads that spin steal the cores from the other sessions: a one-face photo took 188 ms with
    # spinning and 57 ms without on two cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Requests come in every batch size; remembering a memory plan per shape only grows the process.
    options.enable_mem_pattern = False
    return options


def _read_info(task: str, files: ModelFiles, metadata: dict[str, str]) -> ModelInfo:
    def parsed(key: str) -> Any:
        return json.loads(metadata[key]) if key in metadata else None

    window, size = parsed("hexaface.window"), parsed("hexaface.size")
    return ModelInfo(
        task=task,
        name=files.entry.name,
        version=files.entry.version,
        digest=files.entry.sha256,
        window=None if window is None else tuple(window),
        size=None if size is None else tuple(size),
        labels=parsed("hexaface.labels") or {},
        metadata=metadata,
    )
