"""Fit the 15 named points to marked pictures: a robust ridge regression from the mesh's points and what the mesh net saw.

No mesh point lies where the annotators of 300-W put a brow's end or an eye's inner corner; a sum over the whole mesh does
better than one point, and the net's last layer that knows places knows more than the mesh made of it (docs/keypoints.md has
the comparison). The regression predicts what is left after the nearest mesh points, relative to the mesh's centroid, so that
a mesh that is shifted gives shifted points.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.keypoints import FacialPoints

NAMES = tuple(FacialPoints.model_fields)

NEAREST: tuple[tuple[int, ...], ...] = (
    *((362, 263), (133, 33)),  # eye centres: between the corners
    *((362,), (263,), (133,), (33,)),  # eye corners: left inner, outer, right inner, outer
    *((336,), (300,), (107,), (70,)),  # brows: left inner, outer, right inner, outer
    *((4,), (291,), (61,)),  # nose tip, mouth corners left, right
    *((0,), (17,)),  # outer lips, top and bottom
)
"""For each named point the mesh points whose mean lies next to it."""

MIRRORED = tuple(
    NAMES.index(name.replace("left", "*").replace("right", "left").replace("*", "right")) for name in NAMES
)
"""For each named point the one that stands in its place in a mirrored picture."""

RIDGE = 9000.0
"""The penalty, chosen by 5-fold cross-validation on the training part and its variants."""

_UNIT = 50.0  # chip pixels, so that the penalty has a scale: about a head's standard deviation
_MESH_SHARE = 30.0  # how much dearer than the mesh's numbers those of the net's layer are to the penalty
_ROUNDS, _TYPICAL = 2, 0.8  # faces beyond this quantile of errors count less, by how far they are beyond it
_LEFT_OUTER, _RIGHT_OUTER = NAMES.index("left_eye_outer_corner"), NAMES.index("right_eye_outer_corner")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Readout:
    """points = [mesh, seen] @ matrix + offset, with the mesh's x, y flattened to 956 and the points' to 30 numbers."""

    matrix: Floats
    offset: Floats

    def __call__(self, meshes: NDArray[np.floating], seen: NDArray[np.floating]) -> Floats:
        """Meshes (n, 478, 2 or more) and what the net saw (n, any) -> points (n, 15, 2)."""
        inputs = np.hstack([meshes[:, :, :2].reshape(len(meshes), -1), seen])
        return np.asarray(inputs @ self.matrix + self.offset, np.float64).reshape(len(meshes), -1, 2)


def fit(
    meshes: NDArray[np.floating],
    seen: NDArray[np.floating],
    marked: NDArray[np.floating],
    weights: NDArray[np.floating],
) -> Readout:
    """Fit to meshes (n, 478, 2 or more), what the net saw (n, any) and marked points (n, 15, 2), in chip pixels.

    `weights` (n,) say how much each face counts; errors count against the face's width.
    """
    base, centring = nearest_matrix(meshes.shape[1]), _centring(meshes.shape[1])
    flat = meshes[:, :, :2].reshape(len(meshes), -1).astype(np.float64)
    spread = seen.std(axis=0) + 1e-3
    inputs = np.hstack([flat @ centring * (_MESH_SHARE / _UNIT), seen / spread])
    left = (marked.reshape(len(marked), -1) - flat @ base) / _UNIT
    width = outer_eye_distance(marked)
    start = weights * (2 * _UNIT / width) ** 2
    found, mean_left = _ridge(inputs, left, start)
    for _ in range(_ROUNDS):
        away = (
            np.linalg.norm((inputs @ found + mean_left - left).reshape(marked.shape), axis=2).mean(axis=1)
            / width
        )
        found, mean_left = _ridge(inputs, left, start * np.minimum(1, np.quantile(away, _TYPICAL) / away))
    split = len(centring)
    matrix = np.vstack(
        [base + _MESH_SHARE * centring @ found[:split], _UNIT * found[split:] / spread[:, None]]
    )
    return Readout(matrix, mean_left * _UNIT)


def _ridge(inputs: Floats, left: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The matrix and the offset of a weighted ridge regression; the offset is not penalised."""
    weights = weights / weights.mean()
    mean_in, mean_left = (np.average(values, axis=0, weights=weights) for values in (inputs, left))
    deviations = (inputs - mean_in) * np.sqrt(weights)[:, None]
    gram = deviations.T @ deviations
    gram[np.diag_indices(len(gram))] += RIDGE
    target = deviations.T @ ((left - mean_left) * np.sqrt(weights)[:, None])
    found = np.asarray(np.linalg.solve(gram, target), np.float64)
    return found, mean_left - mean_in @ found


def outer_eye_distance(points: NDArray[np.floating]) -> Floats:
    """The distance (n,) between the outer eye corners of named points (n, 15, 2)."""
    return np.asarray(np.linalg.norm(points[:, _LEFT_OUTER] - points[:, _RIGHT_OUTER], axis=1), np.float64)


def nearest_matrix(points: int) -> NDArray[np.float64]:
    """The matrix (2 * points, 30) that takes each named point as the mean of its nearest mesh points."""
    matrix = np.zeros((points, 2, len(NEAREST), 2))
    for i, indices in enumerate(NEAREST):
        for axis in range(2):
            matrix[list(indices), axis, i, axis] = 1.0 / len(indices)
    return matrix.reshape(2 * points, -1)


def mirror_points(
    points: NDArray[np.floating], permutation: NDArray[np.int64], width: int
) -> NDArray[np.floating]:
    """Points (n, any, 2) as they lie in the mirrored picture, `width` pixels wide."""
    flipped = points[:, permutation].copy()
    flipped[..., 0] = width - 1 - flipped[..., 0]
    return flipped


def _centring(points: int) -> NDArray[np.float64]:
    """The matrix (2 * points, 2 * points) that takes the centroid off."""
    return np.eye(2 * points) - np.kron(np.full((points, points), 1.0 / points), np.eye(2))
