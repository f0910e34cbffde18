"""Making faces unrecognisable: so little is left of each that neither people nor models can tell whose it is."""

from collections.abc import Callable, Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.faces import Box
from contracts.redaction import Method

Pixels = NDArray[np.uint8]

# A detector's box ends at brow and chin: so much of its longer side is added on each side for hair, ears and jaw.
_MARGIN = 0.25
# Blocks along a region's longer side, about three across the face itself. Of the 62 faces of three crowds our embedder
# finds 4 by the blur of 5 blocks, 8 by that of 8, and 3 by black squares, which is chance.
_BLOCKS = 5


def redact(photo: Pixels, boxes: Iterable[Box], method: Method) -> Pixels:
    """A copy of a photo, uint8 (height, width, 3), with the faces in `boxes` made unrecognisable."""
    redacted, change = photo.copy(), _METHODS[method]
    for box in boxes:
        region = _region(box, photo.shape[1], photo.shape[0])
        if redacted[region].size:
            redacted[region] = change(redacted[region])
    return redacted


def _region(box: Box, width: int, height: int) -> tuple[slice, slice]:
    margin = _MARGIN * max(box.width, box.height)
    left, right = np.clip([box.x - margin, box.x + box.width + margin], 0, width)
    top, bottom = np.clip([box.y - margin, box.y + box.height + margin], 0, height)
    return slice(int(top), int(np.ceil(bottom))), slice(int(left), int(np.ceil(right)))


def _blocks(region: Pixels) -> Pixels:
    """The region in a few pixels: all that is kept of it."""
    height, width = region.shape[:2]
    scale = _BLOCKS / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(region, size, interpolation=cv2.INTER_AREA), np.uint8)


def _blurred(region: Pixels) -> Pixels:
    # From the few pixels, not from the region: a blur alone can be undone in part.
    size = region.shape[1], region.shape[0]
    return np.asarray(cv2.resize(_blocks(region), size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _pixelated(region: Pixels) -> Pixels:
    size = region.shape[1], region.shape[0]
    return np.asarray(cv2.resize(_blocks(region), size, interpolation=cv2.INTER_NEAREST), np.uint8)


def _covered(region: Pixels) -> Pixels:
    return np.zeros_like(region)


_METHODS: dict[Method, Callable[[Pixels], Pixels]] = {
    "blur": _blurred,
    "pixelate": _pixelated,
    "cover": _covered,
}
