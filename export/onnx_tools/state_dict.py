"""Write an ONNX graph layer by layer, each layer by the name that its weights have in a torch state dictionary."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from export.onnx_tools.builder import GraphBuilder

_EPSILON = 1e-5  # torch's default for batch norms


class StateDictGraph:
    """A graph in the making and the weights by name."""

    def __init__(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        self.weights = weights
        self.graph = GraphBuilder()

    def convolution(self, prefix: str, x: str, stride: int = 1, padding: int = 0) -> str:
        """One filter per channel where the weights have one input channel."""
        weights = self.weights[f"{prefix}.weight"]
        depthwise = weights.shape[1] == 1 and weights.shape[0] > 1
        return self.graph.op(
            "Conv",
            x,
            self.graph.constant(weights),
            kernel_shape=list(weights.shape[2:]),
            strides=[stride, stride],
            pads=[padding] * 4,
            group=int(weights.shape[0]) if depthwise else 1,
        )

    def batch_norm(self, prefix: str, x: str) -> str:
        """With the running statistics."""
        names = ("weight", "bias", "running_mean", "running_var")
        numbers = [self.graph.constant(self.weights[f"{prefix}.{name}"]) for name in names]
        return self.graph.op("BatchNormalization", x, *numbers, epsilon=_EPSILON)
