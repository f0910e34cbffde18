"""The layers of MTCNN's networks as ONNX operators."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from export.onnx_tools.builder import GraphBuilder

State = Mapping[str, NDArray[np.generic]]
"""A network's weights by the names of its state dict, such as `conv1.weight`."""


class Layers:
    """A graph under construction, with the operators that the three networks are made of."""

    def __init__(self) -> None:
        self.graph = GraphBuilder()

    def op(self, kind: str, *inputs: str, **attributes: object) -> str:
        """One operator with one output."""
        return self.graph.op(kind, *inputs, **attributes)

    def number(self, value: float) -> str:
        """A float constant."""
        return self.graph.constant(np.asarray(value, np.float32))

    def ints(self, values: list[int]) -> str:
        """An int64 constant, (n,)."""
        return self.graph.constant(np.asarray(values, np.int64))

    def convolved(self, state: State, value: str, name: str) -> str:
        """A convolution without padding, with its bias."""
        return self.op(
            "Conv", value, self.weight(state, f"{name}.weight"), self.weight(state, f"{name}.bias")
        )

    def activated(self, state: State, value: str, index: int) -> str:
        """A convolution and its PReLU."""
        slope = np.asarray(state[f"prelu{index}.weight"], np.float32).reshape(-1, 1, 1)
        return self.op("PRelu", self.convolved(state, value, f"conv{index}"), self.graph.constant(slope))

    def pooled(self, value: str, kernel: int) -> str:
        """Maxima of squares, two cells apart; the last square may reach beyond the edge."""
        return self.op("MaxPool", value, kernel_shape=[kernel, kernel], strides=[2, 2], ceil_mode=1)

    def flat(self, value: str) -> str:
        """The original framework stored columns before rows, channels last."""
        return self.op("Flatten", self.op("Transpose", value, perm=[0, 3, 2, 1]))

    def dense(self, state: State, value: str, name: str, activation: str = "") -> str:
        """A fully connected layer, with a PReLU when its name is given."""
        value = self.op(
            "Gemm", value, self.weight(state, f"{name}.weight"), self.weight(state, f"{name}.bias"), transB=1
        )
        return self.op("PRelu", value, self.weight(state, f"{activation}.weight")) if activation else value

    def face_share(self, value: str) -> str:
        """Two logits (k, 2) -> the probability of a face, (k,)."""
        faces = self.op("Softmax", value, axis=1)
        return self.op("Squeeze", self.op("Gather", faces, self.ints([1]), axis=1), self.ints([1]))

    def weight(self, state: State, name: str) -> str:
        """An array of the state dict as a constant."""
        return self.graph.constant(np.asarray(state[name], np.float32))
