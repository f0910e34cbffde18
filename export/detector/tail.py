"""What turns a network's maps into candidates, appended to its graph node by node."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

CANDIDATES = 1024
"""Most candidates per picture: a little over the 1,000 faces that a request may ask for."""

LOWEST_SCORE = 0.1
"""Nobody asks for less; and what is left out cannot change its order from machine to machine."""


class Tail:
    """Appends nodes with generated names."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._graph = model.graph

    def op(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node with one output; its name."""
        name = output or f"decode_{len(self._graph.node)}"
        self._graph.node.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, value: NDArray[np.generic]) -> str:
        """Store an array; its name."""
        name = f"decode_constant_{len(self._graph.initializer)}"
        self._graph.initializer.append(numpy_helper.from_array(value, name))
        return name

    def ints(self, values: list[int]) -> str:
        """Store int64 numbers; the name."""
        return self.constant(np.asarray(values, np.int64))

    def float(self, value: float) -> str:
        """Store one float32 number; the name."""
        return self.constant(np.asarray(value, np.float32))

    def ranked(self, flat: str) -> tuple[str, str]:
        """The best scores of `flat` (batch, cells) and their cells, both (batch, k), best first."""
        count = self.op("Min", self.op("Shape", flat, start=1), self.ints([CANDIDATES]))
        ranked, cells = "decode_ranked", "decode_cells"
        self._graph.node.append(helper.make_node("TopK", [flat, count], [ranked, cells], axis=1))
        return ranked, cells

    def answer(self, scores: str, boxes: str, landmarks: str) -> None:
        """Make these the graph's outputs, 0 where the score is too low."""
        likely = self.op("GreaterOrEqual", scores, self.float(LOWEST_SCORE))
        del self._graph.output[:]
        for name, value, axes in (
            ("scores", scores, []),
            ("boxes", boxes, [2]),
            ("landmarks", landmarks, [2, 3]),
        ):
            mask = self.op("Unsqueeze", likely, self.ints(axes)) if axes else likely
            self.op("Where", mask, value, self.float(0.0), output=name)
        for name, shape in (("boxes", [4]), ("scores", []), ("landmarks", [5, 2])):
            dimensions: list[str | int] = ["batch", "candidates", *shape]
            self._graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, dimensions))

    def pick(self, by_cell: str, cells: str) -> str:
        """Values (batch, cells, channels) at flat `cells` (batch, k) -> (batch, k, channels)."""
        return self.op("GatherND", by_cell, self.op("Unsqueeze", cells, self.ints([2])), batch_dims=1)

    def float_column(self, values: str) -> str:
        """Integers (batch, k) -> float (batch, k, 1)."""
        return self.op("Cast", self.op("Unsqueeze", values, self.ints([2])), to=TensorProto.FLOAT)


def feed_pictures(model: onnx.ModelProto) -> None:
    """Feed a network that takes float planes 0..255 from `image`, uint8 (batch, height, width, 3): nothing to normalise."""
    (old,) = model.graph.input
    model.graph.node.insert(0, helper.make_node("Transpose", ["image"], ["image_planes"], perm=[0, 3, 1, 2]))
    model.graph.node.insert(1, helper.make_node("Cast", ["image_planes"], [old.name], to=TensorProto.FLOAT))
    model.graph.input.remove(old)
    model.graph.input.append(
        helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", "height", "width", 3])
    )
