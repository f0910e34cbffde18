"""Chip -> seven emotions."""

import numpy as np
from numpy.typing import NDArray

from contracts.analysis import Choice
from serving.batching import Item
from serving.scores import choose
from serving.session import ModelInfo
from serving.windows import ChipWindow


class EmotionModel:
    """The graph's `emotion` output: one probability per label of its metadata."""

    def __init__(self, info: ModelInfo) -> None:
        self._window = ChipWindow(info)
        self._labels = info.labels["emotion"]

    def preprocess(self, item: NDArray[np.uint8]) -> Item:
        """A chip, uint8 (256, 256, 3), to the graph's window."""
        return {"image": self._window.cut(item)}

    def postprocess(self, outputs: Item) -> Choice:
        """`emotion` float (7,) to the answer."""
        return choose(self._labels, outputs["emotion"])
