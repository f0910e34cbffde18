"""Chip -> age, gender, race, mask."""

import numpy as np
from numpy.typing import NDArray

from contracts.analysis import Age, Attributes
from serving.batching import Item
from serving.scores import choose
from serving.session import ModelInfo
from serving.windows import ChipWindow


class AttributesModel:
    """The graph's outputs are final: years, an 80 % interval and probabilities; `race` and `mask` where the graph has them."""

    def __init__(self, info: ModelInfo) -> None:
        self._window = ChipWindow(info)
        self._labels = info.labels

    def preprocess(self, item: NDArray[np.uint8]) -> Item:
        """A chip, uint8 (256, 256, 3), to the graph's window."""
        return {"image": self._window.cut(item)}

    def postprocess(self, outputs: Item) -> Attributes:
        """`age`, `age_low`, `age_high` float (), `gender` (2,), `race` (7,), `mask` (2,) to the answer."""
        years, low, high = (
            round(max(0.0, float(outputs[name])), 1) for name in ("age", "age_low", "age_high")
        )
        return Attributes(
            age=Age(years=years, low=low, high=high),
            gender=choose(self._labels["gender"], outputs["gender"]),
            race=choose(self._labels["race"], outputs["race"]) if "race" in outputs else None,
            mask=choose(self._labels["mask"], outputs["mask"]) if "mask" in outputs else None,
        )
