"""A graph that is being rewritten: its constants by name, and who makes and who reads each value."""

from collections.abc import Callable

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

PICTURE_AXES = 4
"""(n, channels, height, width)."""


class Wiring:
    """What a rewrite asks of a graph, and does to it."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.graph = model.graph
        self.constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        self.outputs = {value.name for value in model.graph.output}
        self.makers = {name: node for node in model.graph.node for name in node.output}
        self.readers: dict[str, list[onnx.NodeProto]] = {}
        for node in model.graph.node:
            for name in node.input:
                self.readers.setdefault(name, []).append(node)

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        """Store an array under a new name."""
        self.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        self.constants[name] = values
        return name

    def only_convolutions_read(self, name: str) -> bool:
        """Whether a value goes into the data input of convolutions and nowhere else."""
        readers = self.readers.get(name, [])
        into_data = all(node.op_type == "Conv" and node.input[0] == name for node in readers)
        return bool(readers) and into_data and name not in self.outputs

    def replace(self, rewrite: Callable[[onnx.NodeProto], list[onnx.NodeProto] | None]) -> None:
        """Put what `rewrite` gives in the place of each node; None leaves it."""
        nodes: list[onnx.NodeProto] = []
        for node in list(self.graph.node):
            found = rewrite(node)
            nodes.extend([node] if found is None else found)
        del self.graph.node[:]
        self.graph.node.extend(nodes)

    def scaled(self, channels: NDArray[np.float32], source: str, result: str) -> onnx.NodeProto:
        """A 1x1 depthwise convolution: each channel times its number."""
        weights = self.constant(f"{result}_by", channels.astype(np.float32).reshape(-1, 1, 1, 1))
        return helper.make_node(
            "Conv", [source, weights], [result], name=result, kernel_shape=[1, 1], group=len(channels)
        )
