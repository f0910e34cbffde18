"""The manifest of exported models: which file serves a task, and the digest that proves it is the right one."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from serving.errors import ModelFileError
from serving.settings import Profile


class ManifestEntry(BaseModel):
    """One served model; file names are relative to the manifest's folder."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())

    name: str
    version: str
    file: str
    sha256: str
    golden: str
    golden_sha256: str
    atol: float
    card: str


class Manifest(BaseModel):
    """All served models by task."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    models: dict[str, ManifestEntry]
    permissive: dict[str, str] = {}
    """Task -> the entry that the permissive profile serves; a task that is not named has none."""

    def entry(self, task: str, profile: Profile, own: str | None = None) -> str | None:
        """The name of the entry that serves a task in a profile: `own` or the task's, unless the profile has its choice."""
        return self.permissive.get(task) if profile == "permissive" else own or task


@dataclass(frozen=True)
class ModelFiles:
    """A model's verified files: the ONNX graph, its stored answer and the tolerance of that answer."""

    entry: ManifestEntry
    onnx: Path
    golden: Path


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a models folder. Raises ModelFileError when it is missing or unreadable."""
    path = folder / "manifest.json"
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelFileError(
            f"{path} cannot be read; set HEXAFACE_MODELS to the folder of the models"
        ) from error
    except ValidationError as error:
        raise ModelFileError(f"{path} is not a manifest: {error}") from error


def locate(folder: Path, task: str) -> ModelFiles:
    """The files of a task, checked against the manifest's SHA-256.

    Raises ModelFileError when the manifest lacks the task, or a file is missing or is not the one that was exported.
    """
    entry = read_manifest(folder).models.get(task)
    if entry is None:
        raise ModelFileError(f"{folder / 'manifest.json'} names no model for {task!r}; run `make models`")
    files = ModelFiles(entry, folder / entry.file, folder / entry.golden)
    _check(files.onnx, entry.sha256)
    _check(files.golden, entry.golden_sha256)
    return files


def _check(path: Path, expected: str) -> None:
    try:
        actual = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelFileError(f"{path} is missing; check it out again or run `make models`") from error
    if actual != expected:
        raise ModelFileError(
            f"{path} has SHA-256 {actual}, the manifest says {expected}: a damaged or foreign file"
        )
