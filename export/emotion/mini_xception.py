"""Rebuild mini-XCEPTION from its Keras weights as an ONNX graph.

Arriaga, Valdenegro-Toro & Plöger, "Real-time Convolutional Neural Networks for Emotion and Gender Classification"
(ESANN 2019): two plain convolutions, four residual blocks of separable convolutions, and a convolution with one
channel per class, averaged over the plane.
"""

from pathlib import Path

import h5py
import numpy as np
import onnx
from numpy.typing import NDArray

from export.onnx_tools.builder import GraphBuilder

Array = NDArray[np.float32]
SIDE = 64
CLASSES = 7
_EPSILON = 1e-3  # Keras' default for batch normalisation
_BLOCKS = 4


def build_graph(path: Path) -> onnx.ModelProto:
    """The graph of a Keras 2 weight file: `grey` (batch, 1, 64, 64), -1..1, -> `emotion` (batch, 7), probabilities."""
    with h5py.File(path) as file:
        return _Network(file["model_weights"]).build()


class _Network:
    def __init__(self, weights: h5py.Group) -> None:
        self.graph = GraphBuilder()
        self.weights = weights

    def build(self) -> onnx.ModelProto:
        value = self.graph.input("grey", np.float32, ["batch", 1, SIDE, SIDE])
        for index in (1, 2):
            value = self.normalise(self.convolve(value, f"conv2d_{index}"), index)
            value = self.graph.op("Relu", value)
        for block in range(_BLOCKS):
            value = self.residual(value, block)
        value = self.convolve(value, "conv2d_7", pads=[1, 1, 1, 1])
        value = self.graph.op("ReduceMean", value, axes=[2, 3], keepdims=0)
        value = self.graph.op("Softmax", value, axis=1)
        self.graph.output("emotion", value, np.float32, ["batch", CLASSES])
        return self.graph.model("mini_xception")

    def residual(self, value: str, block: int) -> str:
        """Layer numbers follow Keras' count: the shortcut's normalisation comes before the two of the main path."""
        main, first = value, 2 * block + 1
        shortcut_norm, norm = 3 * block + 3, 3 * block + 4
        shortcut = self.convolve(value, f"conv2d_{block + 3}", strides=[2, 2])
        shortcut = self.normalise(shortcut, shortcut_norm)
        main = self.graph.op("Relu", self.normalise(self.separable(main, first), norm))
        main = self.normalise(self.separable(main, first + 1), norm + 1)
        main = self.graph.op("MaxPool", main, kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
        return self.graph.op("Add", main, shortcut)

    def separable(self, value: str, index: int) -> str:
        arrays = self.arrays(f"separable_conv2d_{index}")
        deep = arrays["depthwise_kernel"].transpose(2, 3, 0, 1)
        wide = arrays["pointwise_kernel"].transpose(3, 2, 0, 1)
        value = self.graph.op("Conv", value, self.graph.constant(deep), group=len(deep), pads=[1, 1, 1, 1])
        return self.graph.op("Conv", value, self.graph.constant(wide))

    def convolve(self, value: str, layer: str, **attributes: list[int]) -> str:
        arrays = self.arrays(layer)
        inputs = [value, self.graph.constant(arrays["kernel"].transpose(3, 2, 0, 1))]
        if "bias" in arrays:
            inputs.append(self.graph.constant(arrays["bias"]))
        return self.graph.op("Conv", *inputs, **attributes)

    def normalise(self, value: str, index: int) -> str:
        arrays = self.arrays(f"batch_normalization_{index}")
        order = ("gamma", "beta", "moving_mean", "moving_variance")
        constants = [self.graph.constant(arrays[name]) for name in order]
        return self.graph.op("BatchNormalization", value, *constants, epsilon=_EPSILON)

    def arrays(self, layer: str) -> dict[str, Array]:
        """A layer's arrays by their short names, such as `kernel`."""
        found: dict[str, Array] = {}

        def visit(name: str, item: h5py.Dataset | h5py.Group) -> None:
            if isinstance(item, h5py.Dataset):
                found[name.rsplit("/", maxsplit=1)[-1].removesuffix(":0")] = np.asarray(item, np.float32)

        self.weights[layer].visititems(visit)
        return found
