"""Chip -> identity embedding."""

import numpy as np
from numpy.typing import NDArray

from contracts.analysis import Embedding
from serving.batching import Item
from serving.session import ModelInfo
from serving.windows import ChipWindow

_WORN = 1  # of the probabilities of no mask and of a mask


class EmbedderModel:
    """The graph's `embedding` output, L2-normalised: compare by cosine. A masked face is said to be one."""

    def __init__(self, info: ModelInfo) -> None:
        self._window = ChipWindow(info)

    def preprocess(self, item: NDArray[np.uint8]) -> Item:
        """A chip, uint8 (256, 256, 3), to the graph's window."""
        return {"image": self._window.cut(item)}

    def postprocess(self, outputs: Item) -> Embedding:
        """`embedding` float32 (d,) to little-endian bytes; `mask` (2,) where the graph has it."""
        mask = round(float(outputs["mask"][_WORN]), 4) if "mask" in outputs else None
        return Embedding(values=outputs["embedding"].astype("<f4").tobytes(), mask=mask)
