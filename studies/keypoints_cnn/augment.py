"""Cut the networks' 96-pixel picture from a marked face: CLAHE, and in training a mirror and a jittered crop."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studies.keypoints_cnn.points import MIRROR, SIDE, Points

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Jitter:
    """Standard deviations of how a training crop differs from the marked one; a detector's box is off by as much."""

    rotation: float = 9.0
    """Degrees."""
    zoom: float = 0.09
    """Of the logarithm of the scale."""
    shift: float = 0.04
    """As a share of the side."""
    light: float = 0.15
    """Of the gain, and of the offset as a share of white."""
    mirror: float = 0.5
    """Probability."""


STILL = Jitter(0, 0, 0, 0, 0)


def equalise(picture: Picture) -> Picture:
    """Contrast-limited adaptive histogram equalisation (Zuiderveld, Graphics Gems IV): 8x8 tiles, limit 2."""
    return np.asarray(cv2.createCLAHE(2.0, (8, 8)).apply(picture), np.uint8)


def cut(picture: Picture, points: Points, jitter: Jitter, rng: np.random.Generator) -> tuple[Picture, Points]:
    """A face picture (side, side) and its points -> uint8 (96, 96), equalised, and its points in its own pixels."""
    matrix = _matrix(picture.shape[0], jitter, rng)
    flags = cv2.INTER_AREA if picture.shape[0] > SIDE else cv2.INTER_LINEAR
    shrunk = cv2.warpAffine(picture, matrix, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    moved = (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
    if rng.random() < jitter.mirror:
        shrunk, moved = mirror(np.asarray(shrunk, np.uint8), moved)
    if jitter.light > 0:
        gain, offset = rng.normal(1, jitter.light), 255 * jitter.light * rng.normal()
        shrunk = np.clip((shrunk - 128.0) * gain + 128 + offset, 0, 255).astype(np.uint8)
    return equalise(np.asarray(shrunk, np.uint8)), moved


def mirror(picture: Picture, points: Points) -> tuple[Picture, Points]:
    """Swap left and right, in the picture and in the points' names."""
    flipped = points[list(MIRROR)].copy()
    flipped[:, 0] = picture.shape[1] - 1 - flipped[:, 0]
    return np.ascontiguousarray(picture[:, ::-1]), flipped


def shrink(points: Points, side: int) -> Points:
    """Points of a picture `side` pixels wide -> pixels of the 96-pixel picture, pixel centres on integers."""
    return np.asarray((points + 0.5) * (SIDE / side) - 0.5, np.float32)


def _matrix(side: int, jitter: Jitter, rng: np.random.Generator) -> NDArray[np.float64]:
    angle, zoom = np.radians(jitter.rotation) * rng.normal(), np.exp(jitter.zoom * rng.normal())
    dx, dy = jitter.shift * SIDE * rng.normal(size=2)
    scale = zoom * SIDE / side
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    old, new = (side - 1) / 2, (SIDE - 1) / 2  # the pictures' middles meet: with no jitter this is `shrink`
    return np.array([[c, -s, new + dx - c * old + s * old], [s, c, new + dy - s * old - c * old]])
