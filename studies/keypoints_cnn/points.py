"""The 15 keypoints: their names and order, what a mirror does to them, and the errors they are judged by."""

import numpy as np
from numpy.typing import NDArray

POINTS = (
    "left_eye_center",
    "right_eye_center",
    "left_eye_inner_corner",
    "left_eye_outer_corner",
    "right_eye_inner_corner",
    "right_eye_outer_corner",
    "left_eyebrow_inner_end",
    "left_eyebrow_outer_end",
    "right_eyebrow_inner_end",
    "right_eyebrow_outer_end",
    "nose_tip",
    "mouth_left_corner",
    "mouth_right_corner",
    "mouth_center_top_lip",
    "mouth_center_bottom_lip",
)
"""The columns of Kaggle's training.csv without `_x` and `_y`; left is the subject's own."""
SIDE = 96
"""Side of the networks' picture in pixels, Kaggle's."""


def _partner(name: str) -> str:
    swapped = {"left": "right", "right": "left"}
    return "_".join(swapped.get(word, word) for word in name.split("_"))


MIRROR = tuple(POINTS.index(_partner(name)) for name in POINTS)
"""`points[MIRROR]` renames the points of a mirrored picture: the subject's left eye becomes the right one."""

Points = NDArray[np.float32]


def squared_error(predicted: Points, marked: Points) -> NDArray[np.float64]:
    """Mean squared error per point over x and y, float64 (15,); Kaggle's score is its root's square over all.

    Both float32 (n, 15, 2) in one pixel scale; points marked NaN do not count. A point that is never marked gives NaN.
    """
    squares = (predicted.astype(np.float64) - marked) ** 2
    known = ~np.isnan(squares)
    total = np.where(known, squares, 0).sum((0, 2))
    count = known.sum((0, 2))
    means: NDArray[np.float64] = np.divide(total, count, out=np.full(len(POINTS), np.nan), where=count > 0)
    return means


def normalised_error(predicted: Points, marked: Points) -> NDArray[np.float64]:
    """Distance per point as a share of the outer eye corners' distance, mean over faces, float64 (15,).

    The normalisation of the 300-W benchmark (Sagonas et al., ICCV-W 2013). Faces without outer eye corners are skipped.
    """
    left, right = POINTS.index("left_eye_outer_corner"), POINTS.index("right_eye_outer_corner")
    span = np.linalg.norm(marked[:, left].astype(np.float64) - marked[:, right], axis=1)
    usable = span > 0  # NaN compares false
    distances = np.linalg.norm(predicted.astype(np.float64) - marked, axis=2)[usable] / span[usable, None]
    return np.asarray(np.nanmean(distances, axis=0), np.float64)
