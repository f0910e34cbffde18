"""Cutting chips: the photo seen through a face's similarity transform, without aliasing."""

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.chips import CHIP_SIZE, Transform

# Bilinear sampling reads 2x2 pixels: below this scale it would skip some.
_ALIASES_BELOW = 0.75


def cut_chip(photo: NDArray[np.uint8], transform: Transform, size: int = CHIP_SIZE) -> NDArray[np.uint8]:
    """The chip, uint8 (size, size, 3), of a photo, uint8 (height, width, 3); outside the photo its border is repeated.

    A face larger than the chip is first reduced by area averaging.
    """
    source, transform = (
        (photo, transform) if transform.scale >= _ALIASES_BELOW else _reduced(photo, transform, size)
    )
    matrix = np.asarray(transform, np.float64).reshape(2, 3)
    chip = cv2.warpAffine(
        source, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(chip, np.uint8)


def _reduced(
    photo: NDArray[np.uint8], transform: Transform, chip: int
) -> tuple[NDArray[np.uint8], Transform]:
    """The part of the photo that the chip shows, at the chip's scale, and the transform from there."""
    height, width = photo.shape[:2]
    corners = np.array(transform.inverse().apply(((0, 0), (chip, 0), (0, chip), (chip, chip))))
    margin = 4 / transform.scale
    x0, y0 = (int(v) for v in np.clip(np.floor(corners.min(axis=0) - margin), 0, [width - 1, height - 1]))
    x1, y1 = (
        int(v) for v in np.clip(np.ceil(corners.max(axis=0) + margin), [x0 + 1, y0 + 1], [width, height])
    )
    part = photo[y0:y1, x0:x1]
    size = (max(1, round((x1 - x0) * transform.scale)), max(1, round((y1 - y0) * transform.scale)))
    small = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    # small = (photo - x0 + .5) * k - .5, so photo = (small + .5) / k - .5 + x0, per axis
    kx, ky = size[0] / (x1 - x0), size[1] / (y1 - y0)
    sx, sy = 0.5 / kx - 0.5 + x0, 0.5 / ky - 0.5 + y0
    a, b, tx, c, d, ty = transform
    return small, Transform(a / kx, b / ky, a * sx + b * sy + tx, c / kx, d / ky, c * sx + d * sy + ty)
