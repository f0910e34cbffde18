"""MiniFASNet (minivision-ai's Silent-Face-Anti-Spoofing) as an ONNX graph, read off its state dictionary.

A MobileFaceNet with pruned widths for 80x80 faces; the SE variant weighs the channels of some residual blocks. The layout
follows from the names: `conv` widens, `conv_dw` filters, `project` narrows without activation.
"""

import re
from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray

from export.onnx_tools.state_dict import StateDictGraph

SIDE = 80
CLASSES = 3
REAL = 1
"""The class that is a face before the camera; the others are prints and screens."""

Weights = Mapping[str, NDArray[np.float32]]


def build(weights: Weights) -> onnx.ModelProto:
    """`input` float32 (batch, 3, 80, 80), BGR 0..255 -> `probabilities` (batch, 3)."""
    net = _Net({name.removeprefix("module."): np.asarray(value) for name, value in weights.items()})
    graph = net.graph
    x = net.unit("conv1", graph.input("input", np.float32, ["batch", 3, SIDE, SIDE]), stride=2, padding=1)
    x = net.unit("conv2_dw", x, padding=1)
    for stage in ("3", "4", "5"):
        x = net.block(f"conv_{int(stage) - 1}{stage}", x, stride=2)
        for place in range(net.blocks(f"conv_{stage}.model")):
            x = graph.op("Add", x, net.block(f"conv_{stage}.model.{place}", x))
    x = net.unit("conv_6_dw", net.unit("conv_6_sep", x))
    flat = graph.op("Flatten", x)
    linear = graph.op("MatMul", flat, graph.constant(net.weights["linear.weight"].T.copy()))
    normed = net.batch_norm("bn", linear)
    logits = graph.op("MatMul", normed, graph.constant(net.weights["prob.weight"].T.copy()))
    graph.output("probabilities", graph.op("Softmax", logits, axis=1), np.float32, ["batch", CLASSES])
    return graph.model("minifasnet")


class _Net(StateDictGraph):
    """The layers by their names in the state dictionary."""

    def blocks(self, prefix: str) -> int:
        """How many residual blocks a stage has."""
        pattern = re.compile(re.escape(prefix) + r"\.(\d+)\.")
        return 1 + max(int(found.group(1)) for name in self.weights if (found := pattern.match(name)))

    def block(self, prefix: str, x: str, stride: int = 1) -> str:
        """Widen, filter, narrow; then weigh the channels where the block has weights for that."""
        y = self.unit(f"{prefix}.conv", x)
        y = self.unit(f"{prefix}.conv_dw", y, stride=stride, padding=1)
        y = self.unit(f"{prefix}.project", y)
        return (
            self.weighed(f"{prefix}.se_module", y) if f"{prefix}.se_module.fc1.weight" in self.weights else y
        )

    def unit(self, prefix: str, x: str, stride: int = 1, padding: int = 0) -> str:
        """Convolution, batch norm and, where it has slopes, PReLU."""
        y = self.convolution(f"{prefix}.conv", x, stride, padding)
        y = self.batch_norm(f"{prefix}.bn", y)
        slopes = self.weights.get(f"{prefix}.prelu.weight")
        return (
            y if slopes is None else self.graph.op("PRelu", y, self.graph.constant(slopes.reshape(-1, 1, 1)))
        )

    def weighed(self, prefix: str, x: str) -> str:
        """Squeeze and excitation (Hu et al., CVPR 2018), with batch norms."""
        y = self.graph.op("GlobalAveragePool", x)
        y = self.batch_norm(f"{prefix}.bn1", self.convolution(f"{prefix}.fc1", y))
        y = self.batch_norm(f"{prefix}.bn2", self.convolution(f"{prefix}.fc2", self.graph.op("Relu", y)))
        return self.graph.op("Mul", x, self.graph.op("Sigmoid", y))
