"""Cut a window of the chip straight from the photo, disturbed as detectors, cameras and codecs disturb faces."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Disturbance:
    """How strongly training pictures are disturbed; all zero leaves the product's own crop."""

    rotation: float = 8.0
    """Standard deviation in degrees. Landmarks of profile and blurred faces are off by about this much."""
    zoom: float = 0.06
    """Standard deviation of the logarithm of the scale."""
    shift: float = 0.025
    """Standard deviation, as a share of the window's side."""
    mirror: float = 0.5
    light: float = 0.2
    """Standard deviation of gain and, times 128, of the offset in brightness."""
    grey: float = 0.1
    low_resolution: float = 0.2
    """Probability of shrinking to 35-90 % and back: small and blurred faces."""
    jpeg: float = 0.2
    """Probability of a JPEG round trip at quality 30-90."""
    erase: float = 0.15
    """Probability of a flat patch (hands, masks, glasses)."""
    black_border: float = 0.3
    """Probability of black instead of replicated pixels outside the photo."""
    sharpen: float = 0.0
    """Probability of an unsharp mask: small training pictures are soft, a served face may be crisp."""


STILL = Disturbance(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def window_matrix(to_chip: Matrix, window: Sequence[float], size: int) -> Matrix:
    """The 2x3 map from photo to a square crop of `size` pixels, through the chip's `window` (x0, y0, x1, y1).

    Pixel centres are integers on both sides (OpenCV's convention); the window is given by its edges.
    """
    scale = size / (window[2] - window[0])
    offset = np.array([[0.0, 0.0, 0.5 - window[0]], [0.0, 0.0, 0.5 - window[1]]])
    matrix = (to_chip + offset) * scale
    matrix[:, 2] -= 0.5
    return matrix


def crop(
    photo: Picture,
    to_chip: Matrix,
    window: Sequence[float],
    size: int,
    disturbance: Disturbance,
    rng: np.random.Generator,
) -> Picture:
    """One training picture, uint8 (size, size, 3) RGB, from a photo (height, width, 3)."""
    matrix = _jitter(window_matrix(to_chip, window, size), size, disturbance, rng)
    border = cv2.BORDER_CONSTANT if rng.random() < disturbance.black_border else cv2.BORDER_REPLICATE
    face = cv2.warpAffine(photo, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border)
    return _degrade(np.asarray(face, np.uint8), disturbance, rng)


def _jitter(matrix: Matrix, size: int, d: Disturbance, rng: np.random.Generator) -> Matrix:
    angle, zoom, dx, dy = rng.normal(size=4) * (
        np.radians(d.rotation),
        d.zoom,
        d.shift * size,
        d.shift * size,
    )
    c, s = np.exp(zoom) * np.cos(angle), np.exp(zoom) * np.sin(angle)
    middle = (size - 1) / 2
    turn = np.array(
        [[c, -s, middle + dx - c * middle + s * middle], [s, c, middle + dy - s * middle - c * middle]]
    )
    if rng.random() < d.mirror:
        turn = np.array([[-1.0, 0.0, size - 1.0], [0.0, 1.0, 0.0]]) @ np.vstack([turn, [0, 0, 1]])
    return turn @ np.vstack([matrix, [0, 0, 1]])


def _degrade(face: Picture, d: Disturbance, rng: np.random.Generator) -> Picture:
    size = face.shape[0]
    if rng.random() < d.low_resolution:
        small = max(8, int(size * rng.uniform(0.35, 0.9)))
        down = cv2.resize(face, (small, small), interpolation=cv2.INTER_AREA)
        face = np.asarray(cv2.resize(down, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)
    if d.sharpen and rng.random() < d.sharpen:
        amount, soft = rng.uniform(0.5, 2.0), cv2.GaussianBlur(face, (0, 0), size * rng.uniform(0.008, 0.02))
        face = np.asarray(cv2.addWeighted(face, 1 + amount, soft, -amount, 0), np.uint8)
    if rng.random() < d.grey:
        face = np.asarray(cv2.cvtColor(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
    if d.light > 0:
        gain, offset = 1 + d.light * rng.normal(), 64 * d.light * rng.normal()
        face = np.asarray(cv2.convertScaleAbs(np.clip(face * gain + offset, 0, 255)), np.uint8)
    if rng.random() < d.jpeg:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))]
        face = np.asarray(cv2.imdecode(cv2.imencode(".jpg", face, quality)[1], cv2.IMREAD_COLOR), np.uint8)
    if rng.random() < d.erase:
        face = face.copy()
        height, width = rng.integers(size // 8, size // 3, 2)
        top, left = rng.integers(0, size - height), rng.integers(0, size - width)
        face[top : top + height, left : left + width] = rng.integers(0, 256, 3)
    return face
