"""A model's fixed window of the chip: preprocessing is a constant, so every request batches with every other."""

import cv2
import numpy as np
from numpy.typing import NDArray

from serving.errors import ModelFileError
from serving.session import ModelInfo


class ChipWindow:
    """Cuts the window that a graph's metadata names out of a chip, at the graph's input size."""

    def __init__(self, info: ModelInfo) -> None:
        if info.window is None or info.size is None:
            raise ModelFileError(f"{info.name}: the graph's metadata lacks hexaface.window or hexaface.size")
        self._window = tuple(round(edge) for edge in info.window)
        self._size = info.size

    def cut(self, chip: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The window [x0, x1) x [y0, y1) of a chip, uint8 (256, 256, 3) -> uint8 (height, width, 3).

        Area averaging when it shrinks (no aliasing), bilinear when it grows.
        """
        x0, y0, x1, y1 = self._window
        height, width = self._size
        part = chip[y0:y1, x0:x1]
        if part.shape[:2] == (height, width):
            return part
        shrinks = height < y1 - y0 or width < x1 - x0
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(part, (width, height), interpolation=method), np.uint8)
