"""Canvas -> candidate faces."""

import numpy as np
from numpy.typing import NDArray

from serving.batching import Item
from serving.session import ModelInfo


class DetectorModel:
    """The graph takes a canvas, uint8 (height, width, 3) RGB with sides that are multiples of 32."""

    def __init__(self, info: ModelInfo) -> None:
        self._info = info

    def preprocess(self, item: NDArray[np.uint8]) -> Item:
        """A canvas as the graph takes it."""
        return {"image": item}

    def postprocess(self, outputs: Item) -> Item:
        """`scores` (k,), `boxes` (k, 4), `landmarks` (k, 5, 2): `centerface.read` takes them on."""
        return outputs
