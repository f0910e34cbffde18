"""The labelled faces that groupings are measured on, as the product sees them; computed once and kept in the cache."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.cache import runs
from export.datasets import Archive, Row
from export.embedder.sightings import look
from export.manifest import read
from export.onnx_tools.sessions import Session
from export.publish import MODELS

SETS = {"LFW dev": ("lfw", "dev"), "ORL": ("orl", "dev"), "LFW train": ("lfw", "train")}
"""What is measured on, and what parameters were chosen on (`LFW train`, people of other sets)."""


@dataclass(frozen=True)
class Labelled:
    """Faces whose people are known."""

    files: NDArray[np.str_]
    people: NDArray[np.str_]
    """Who each is, (n,)."""
    embeddings: NDArray[np.float32]
    """(n, d), of length one."""
    scores: NDArray[np.float64]
    """Detection scores, (n,)."""
    sharpness: NDArray[np.float64]
    sides: NDArray[np.float64]
    """The shorter side of each box, pixels."""

    def chosen(self, places: NDArray[np.bool_] | NDArray[np.int64]) -> "Labelled":
        """Some of the faces."""
        return Labelled(*(getattr(self, name)[places] for name in self.__dataclass_fields__))


def labelled(name: str) -> Labelled:
    """The faces of one of SETS; each picture gives its most central face, pictures without a face are left out."""
    file = _file(name)
    if not file.exists():
        archive, split = SETS[name]
        _compute(Archive(archive), Archive(archive).rows(split), file)
    with np.load(file, allow_pickle=False) as stored:
        return Labelled(**{field: stored[field] for field in Labelled.__dataclass_fields__})


def _file(name: str) -> Path:
    """Of this embedder and this detector: other models see other faces."""
    models = read(MODELS)
    digest = models["embedder"]["sha256"][:8] + models["detector"]["sha256"][:8]
    return runs("grouping") / f"{name.replace(' ', '-').lower()}-{digest}.npz"


def _compute(archive: Archive, rows: Sequence[Row], file: Path) -> None:
    seen = look((archive.read(row["file"]) for row in rows), Session(MODELS / "embedder.onnx"))
    found = [(row, face) for row, face in zip(rows, seen, strict=True) if face is not None]
    quality = [face.face.quality for _, face in found]
    np.savez(
        file,
        files=np.asarray([row["file"] for row, _ in found]),
        people=np.asarray([row["person"] for row, _ in found]),
        embeddings=np.stack([face.embedding for _, face in found]),
        scores=np.asarray([face.face.score for _, face in found]),
        sharpness=np.asarray([q.sharpness if q else 0.0 for q in quality]),
        sides=np.asarray([q.face_size if q else 0.0 for q in quality]),
    )
