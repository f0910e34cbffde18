"""Fit the 15 named points to marked pictures: a ridge regression from the mesh's points, symmetric by construction.

No mesh point lies where the annotators of 300-W put a brow's end or an eye's inner corner; a sum over the whole mesh does
better than one point (docs/keypoints.md has the comparison). The regression predicts what is left after the nearest mesh
points, relative to the mesh's centroid, so that a shifted face gives shifted points.
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

RIDGE = 3.0
"""The penalty: 5-fold cross-validation on the training part is flat from 1 to 3 (NME 2.62 %) and worse on both sides."""

_UNIT = 50.0  # chip pixels, so that the penalty has a scale: about a head's standard deviation


@dataclass(frozen=True)
class Readout:
    """points = mesh @ matrix + offset, with the mesh's x, y flattened to 956 and the points' to 30 numbers."""

    matrix: NDArray[np.float64]
    offset: NDArray[np.float64]

    def __call__(self, meshes: NDArray[np.floating]) -> NDArray[np.float64]:
        """Meshes (n, 478, 2 or more) -> points (n, 15, 2)."""
        flat = meshes[:, :, :2].reshape(len(meshes), -1)
        return np.asarray(flat @ self.matrix + self.offset, np.float64).reshape(len(meshes), -1, 2)


def fit(
    meshes: NDArray[np.floating], marked: NDArray[np.floating], mirror: NDArray[np.int64], width: int
) -> Readout:
    """Fit to meshes (n, 478, 2 or more) and marked points (n, 15, 2), in pixels of chips `width` wide.

    Every face counts twice, as it is and mirrored (`mirror` permutes the mesh), so the fit has no preferred side.
    """
    x = np.concatenate([meshes[:, :, :2], _flip(meshes[:, :, :2], mirror, width)]).astype(np.float64)
    y = np.concatenate([marked, _flip(marked, np.array(MIRRORED), width)]).astype(np.float64)
    base = nearest_matrix(x.shape[1])
    flat, target = x.reshape(len(x), -1), y.reshape(len(y), -1)
    centring = _centring(x.shape[1])
    inputs, left = flat @ centring / _UNIT, (target - flat @ base) / _UNIT
    mean_in, mean_left = inputs.mean(axis=0), left.mean(axis=0)
    deviations = inputs - mean_in
    gram = deviations.T @ deviations + RIDGE * np.eye(deviations.shape[1])
    weights = np.linalg.solve(gram, deviations.T @ (left - mean_left))
    return Readout(base + centring @ weights, (mean_left - mean_in @ weights) * _UNIT)


def nearest_matrix(points: int) -> NDArray[np.float64]:
    """The matrix (2 * points, 30) that takes each named point as the mean of its nearest mesh points."""
    matrix = np.zeros((points, 2, len(NEAREST), 2))
    for i, indices in enumerate(NEAREST):
        for axis in range(2):
            matrix[list(indices), axis, i, axis] = 1.0 / len(indices)
    return matrix.reshape(2 * points, -1)


def _flip(points: NDArray[np.floating], permutation: NDArray[np.int64], width: int) -> NDArray[np.floating]:
    flipped = points[:, permutation].copy()
    flipped[..., 0] = width - 1 - flipped[..., 0]
    return flipped


def _centring(points: int) -> NDArray[np.float64]:
    """The matrix (2 * points, 2 * points) that takes the centroid off."""
    return np.eye(2 * points) - np.kron(np.full((points, points), 1.0 / points), np.eye(2))
