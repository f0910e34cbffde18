"""Canvas -> candidate faces, and face crop -> exact landmarks."""

import numpy as np
from numpy.typing import NDArray

from services.detector.candidates import Candidates, read
from services.detector.canvas import Canvas
from serving.batching import Item
from serving.session import ModelInfo


class DetectorModel:
    """Any detector's graph: a canvas, uint8 (height, width, 3) RGB with sides that are multiples of 32."""

    def __init__(self, info: ModelInfo) -> None:
        """Nothing depends on `info`."""

    def preprocess(self, item: Canvas) -> Item:
        """The canvas's pixels."""
        return {"image": item.pixels}

    def postprocess(self, outputs: Item) -> Candidates:
        """The candidates in canvas pixels, best first."""
        return read(outputs)


class PointsModel:
    """The graph that looks at a face again: a crop, uint8 (48, 48, 3) RGB, aligned by landmarks that need not be exact."""

    def __init__(self, info: ModelInfo) -> None:
        """Nothing depends on `info`."""

    def preprocess(self, item: NDArray[np.uint8]) -> Item:
        """The crop as it is."""
        return {"image": item}

    def postprocess(self, outputs: Item) -> NDArray[np.float64]:
        """The five landmarks (5, 2) in crop pixels, 0 at the edge."""
        return outputs["landmarks"].astype(np.float64)
