"""The canvas: a photo scaled to the network's input, padded to a bucketed size so that like photos batch."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# CenterFace's deepest feature map is 32 times smaller than its input; 64 halves the number of different shapes, so that
# photos of nearly the same form share a batch, for at most 63 columns of padding.
_BUCKET = 64
_SMALLEST = 64


@dataclass(frozen=True)
class Canvas:
    """The network's input, uint8 (height, width, 3) RGB, both multiples of 64; canvas = photo * scale + offset."""

    pixels: NDArray[np.uint8]
    scale_x: float
    scale_y: float
    offset: int

    def to_photo(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Canvas points (..., 2) in the photo; in both 0 is the left or upper edge of the first pixel."""
        offset = np.array([self.offset, self.offset])
        return np.asarray((points - offset) / np.array([self.scale_x, self.scale_y]))


def draw(photo: NDArray[np.uint8], side: int, *, border: float = 0.0) -> Canvas:
    """Scale a photo so that its longer side, with a border of `border` times that side around, is `side` pixels.

    The photo lies in the top left corner, inside the border, which has the photo's mean colour. Without a border the
    rest, up to the next multiple of 64, is black.
    """
    height, width = photo.shape[:2]
    longer = max(height, width)
    scale = side / (longer * (1 + 2 * border))
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = photo if scale == 1 else cv2.resize(photo, (new_width, new_height), interpolation=method)
    offset = round(longer * scale * border)
    pixels = np.empty((_bucketed(new_height + 2 * offset), _bucketed(new_width + 2 * offset), 3), np.uint8)
    pixels[:] = (
        small.mean(axis=(0, 1)) if border else 0
    )  # the photo's, to a grey level, without reading all of it
    pixels[offset : offset + new_height, offset : offset + new_width] = small
    return Canvas(pixels, new_width / width, new_height / height, offset)


def _bucketed(length: int) -> int:
    return max(_SMALLEST, -(-length // _BUCKET) * _BUCKET)
