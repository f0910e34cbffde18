"""A self-describing graph, loaded and audited, run as named tensors in and out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnxruntime as ort
import structlog
from numpy.typing import NDArray

from contracts.models import ModelDescription, ModelRef
from serving.errors import GoldenError, ModelFileError
from serving.loading import cores_of, load, load_narrow
from serving.manifest import ModelFiles, locate, read_manifest
from serving.metrics import PROVIDER
from serving.providers import CPU
from serving.settings import ServiceSettings
from web.stopwatch import Stopwatch

log = structlog.get_logger(__name__)

Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class TensorSpec:
    """An input or output of a graph: its type as onnxruntime names it; a dimension that varies is a name or None."""

    name: str
    type: str
    shape: tuple[int | str | None, ...]


@dataclass(frozen=True)
class ModelInfo:
    """What a graph says of itself: its `metadata_props`, its inputs and outputs."""

    task: str
    name: str
    version: str
    digest: str
    window: tuple[float, float, float, float] | None = None
    size: tuple[int, int] | None = None
    labels: dict[str, list[str]] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()

    @property
    def ref(self) -> ModelRef:
        """The model as answers name it."""
        return ModelRef(name=self.name, version=self.version, digest=self.digest)

    def structured(self, key: str) -> Any:
        """The JSON value of `hexaface.<key>`, or None."""
        text = self.metadata.get(f"hexaface.{key}")
        return None if text is None else json.loads(text)


class Session:
    """A loaded graph. On a processor there are two of it: one run with all cores, or several side by side on one each."""

    def __init__(
        self,
        info: ModelInfo,
        wide: ort.InferenceSession,
        narrow: ort.InferenceSession,
        provider: str,
        device: str,
    ) -> None:
        self.info = info
        self.provider = provider
        self.device = device
        self._wide = wide
        self._narrow = narrow
        self._outputs = [output.name for output in info.outputs]

    def run(self, tensors: Tensors, wide: bool = True) -> dict[str, NDArray[Any]]:  # a batcher's `Run`
        """Run one batch: every array carries the batch axis first. `wide` takes all cores, else it stays on one."""
        session = self._wide if wide else self._narrow
        return dict(zip(self._outputs, session.run(self._outputs, dict(tensors)), strict=True))

    def describe(self, *, dimensions: int | None = None) -> ModelDescription:
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
            dimensions=dimensions,
            source=info.metadata.get("hexaface.source", ""),
        )


def open_session(
    task: str, settings: ServiceSettings, entry: str | None = None
) -> tuple[Session, ModelFiles]:
    """Load the model of a task, or the one under another `entry` of the manifest.

    Raises StartupError with the reason when it cannot be served as asked.
    """
    chosen = read_manifest(settings.models).entry(task, settings.profile, entry)
    if chosen is None:
        raise ModelFileError(f"the profile {settings.profile} has no model for {task!r} (docs/licences.md)")
    files = locate(settings.models, chosen)
    watch = Stopwatch()
    wide, provider = load(files.onnx, settings)
    alone = provider != CPU or cores_of(settings) == 1
    narrow = wide if alone else load_narrow(files.onnx)
    info = _read_info(task, files, wide)
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
    device = "cpu" if provider == CPU else str(settings.device_id)
    return Session(info, wide, narrow, provider, device), files


def check_golden(session: Session, files: ModelFiles) -> None:
    """Run the stored input and compare with the stored answer. Raises GoldenError when they differ."""
    with np.load(files.golden, allow_pickle=False) as stored:
        inputs = {key[3:]: stored[key] for key in stored.files if key.startswith("in.")}
        expected = {key[4:]: stored[key] for key in stored.files if key.startswith("out.")}
    for wide in (True, False):
        actual = session.run(inputs, wide)
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


def _read_info(task: str, files: ModelFiles, session: ort.InferenceSession) -> ModelInfo:
    metadata: dict[str, str] = session.get_modelmeta().custom_metadata_map

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
        inputs=_specs(session.get_inputs()),
        outputs=_specs(session.get_outputs()),
    )


def _specs(arguments: list[ort.NodeArg]) -> tuple[TensorSpec, ...]:
    return tuple(TensorSpec(a.name, a.type, tuple(a.shape)) for a in arguments)
