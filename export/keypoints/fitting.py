"""Fit the readout of the 15 points and their confidence to HELEN's training part and to variants of its faces."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from contracts.faces import Point
from contracts.keypoints import FacialPoints
from export.datasets import Archive
from export.keypoints.faces import Finder, marked_points, read_faces, run
from export.keypoints.readout import NAMES, Readout, fit, outer_eye_distance
from export.keypoints.source import CanonicalFace
from export.keypoints.trust import fit_weights
from export.keypoints.variants import Surface, variants
from export.onnx_tools.sessions import Session
from services.keypoints import canonical as served
from services.keypoints.confidence import LIMIT, signs
from services.keypoints.pose import estimate_pose
from serving.batching import Item

_SEED, _FOLDS = 11, 5
# The first variants, the chip and its mirror image, count more than the others.
_AS_THEY_ARE, _PLAIN_WEIGHT = 2, 3.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Varied:
    """One chip of a face or of a variant of it, and what a graph says of it."""

    person: int
    weight: float
    marks: Floats
    output: Item


def varied_faces(split: str, session: Session, finder: Finder, canonical: CanonicalFace) -> list[Varied]:
    """The faces of a part of HELEN with their variants, as a graph sees them."""
    archive, generator = Archive("keypoints"), np.random.default_rng(_SEED)
    varied = []
    for person, (row, face) in enumerate(read_faces(archive, archive.rows(split), finder)):
        marks = face.to_chip(marked_points(row, NAMES))
        (plain,) = run(session, [face.chip])
        surface = Surface(plain["mesh"][: len(canonical.points)].astype(np.float64), canonical.triangles)
        chips = variants(person, face, marks, surface, generator)
        for kind, (one, output) in enumerate(zip(chips, run(session, [c.chip for c in chips]), strict=True)):
            weight = _PLAIN_WEIGHT if kind < _AS_THEY_ARE else 1.0
            varied.append(Varied(person, weight, one.marks, output))
    return varied


@dataclass(frozen=True)
class Faces:
    """What the draft says of faces with known marks: all arrays have a row per chip."""

    people: NDArray[np.int64]
    """Whose chip it is: variants of one face have one number."""
    weights: Floats
    marks: Floats
    meshes: Floats
    seen: Floats
    presence: Floats

    @classmethod
    def of(cls, varied: Sequence[Varied]) -> Self:
        """From what the draft (export/keypoints/graph.py) says."""
        return cls(
            people=np.array([one.person for one in varied]),
            weights=np.array([one.weight for one in varied]),
            marks=np.stack([one.marks for one in varied]),
            meshes=np.stack([one.output["mesh"] for one in varied]).astype(np.float64),
            seen=np.stack([one.output["seen"] for one in varied]).astype(np.float64),
            presence=np.array([one.output["presence"] for one in varied]),
        )

    def take(self, chosen: NDArray[np.bool_]) -> "Faces":
        """Some of the rows."""
        parts = {name: getattr(self, name)[chosen] for name in self.__dataclass_fields__}
        return replace(self, **parts)

    def readout(self) -> Readout:
        """The readout fitted to these faces."""
        return fit(self.meshes, self.seen, self.marks, self.weights)

    def signs(self, points: Floats, face: served.CanonicalFace) -> list[dict[str, float]]:
        """Each face's signs of doubt when these were its points."""
        return [
            signs(named(found), mesh, estimate_pose(mesh, face), float(presence), face)
            for found, mesh, presence in zip(points, self.meshes, self.presence, strict=True)
        ]


def face_errors(points: Floats, marks: Floats) -> Floats:
    """The mean error of each face's points (n, 15, 2), as a share of the distance between the outer eye corners."""
    away = np.linalg.norm(points - marks, axis=2).mean(axis=1)
    return np.asarray(away / outer_eye_distance(marks), np.float64)


def named(points: NDArray[np.floating]) -> FacialPoints:
    """Points (15, 2) by their names."""
    return FacialPoints(**{n: Point(x=x, y=y) for n, (x, y) in zip(NAMES, points.tolist(), strict=True)})


def fit_trust(faces: Faces, face: served.CanonicalFace) -> dict[str, float]:
    """The confidence's weights, from errors on faces that the readout was not fitted to."""
    points = np.zeros_like(faces.marks)
    folds = np.random.default_rng(_SEED).permutation(int(faces.people.max()) + 1)[faces.people] % _FOLDS
    for fold in range(_FOLDS):
        left_out = faces.take(folds == fold)
        points[folds == fold] = faces.take(folds != fold).readout()(left_out.meshes, left_out.seen)
    return fit_weights(faces.signs(points, face), face_errors(points, faces.marks) > LIMIT)
