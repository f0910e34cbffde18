"""Pixels as a file: JPEG or PNG without any metadata."""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Format = Literal["jpeg", "png"]

_JPEG_QUALITY = 92


def encode(picture: NDArray[np.uint8], kind: Format) -> bytes:
    """A picture, uint8 (height, width, 3) RGB, as the bytes of a file."""
    options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY] if kind == "jpeg" else []
    _, data = cv2.imencode(f".{kind}", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), options)
    return data.tobytes()
