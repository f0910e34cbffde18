"""The faces of a table of `hexaface bulk` that are fit to be compared."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from contracts.models import ModelRef
from gateway.settings.identities import IdentitySettings
from hexaface.bulk.table import FaceTable, TableError, embeddings

Key = tuple[str, int]
"""A face: its picture, and which of its faces."""


@dataclass(frozen=True)
class Faces:
    """Every face of a table, in the order of pictures."""

    rows: pa.Table
    """picture, face, box and score of each."""
    embeddings: NDArray[np.float32]
    """(n, d), each of length one."""
    fit: NDArray[np.bool_]
    """Which ones pass the quality floor, (n,)."""
    model: ModelRef
    """The embedder."""

    def pictures(self) -> NDArray[np.int64]:
        """Which picture each is on, (n,), equal for faces on one."""
        return np.asarray(pc.dictionary_encode(self.rows["picture"].combine_chunks()).indices, np.int64)

    def keys(self) -> list[Key]:
        """Each face as other runs know it."""
        return list(zip(self.rows["picture"].to_pylist(), self.rows["face"].to_pylist(), strict=True))


def read_faces(path: Path, limits: IdentitySettings) -> Faces:
    """The faces of a table. Raises TableError where there is none, or one without embeddings."""
    table = FaceTable.open(path)
    model = table.about.models.get("embedder")
    if model is None:
        raise TableError(f"{path} holds no embeddings: it was made with --features that leave them out")
    rows = table.faces(["box", "score", "quality", "embedding"])
    if not len(rows):
        raise TableError(f"{path} holds no face")
    return Faces(
        rows.select(["picture", "face", "box", "score"]), _unit(embeddings(rows)), _fit(rows, limits), model
    )


def _unit(found: NDArray[np.float32]) -> NDArray[np.float32]:
    """Half precision has left the lengths a little off."""
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def _fit(rows: pa.Table, limits: IdentitySettings) -> NDArray[np.bool_]:
    """The quality gate of enrolment (docs/identity.md), on columns."""
    quality = {name: pc.struct_field(rows["quality"], name) for name in _MEASURES}
    passed = pc.greater_equal(rows["score"], limits.min_enrol_score)
    for name, least in (("face_size", limits.min_face_size), ("sharpness", limits.min_sharpness)):
        passed = pc.and_(passed, pc.greater_equal(quality[name], least))
    for name, most in (("yaw", limits.max_yaw), ("pitch", limits.max_pitch), ("roll", limits.max_roll)):
        passed = pc.and_(passed, pc.less_equal(pc.abs(quality[name]), most))
    # What was not measured is not judged.
    return np.asarray(pc.fill_null(passed, fill_value=True).to_numpy(), np.bool_)


_MEASURES = ("face_size", "sharpness", "yaw", "pitch", "roll")
