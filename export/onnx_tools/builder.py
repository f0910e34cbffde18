"""Build an ONNX graph node by node, with names made up on the way."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 9
"""Read by onnxruntime 1.14 and later."""

Shape = Sequence[int | str]


class GraphBuilder:
    """Collects nodes and constants; values are referred to by the names that the methods return."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, dtype: type[np.generic], shape: Shape) -> str:
        """Declare a graph input; a dimension given by name is dynamic."""
        self._inputs.append(_value(name, dtype, shape))
        return name

    def output(self, name: str, value: str, dtype: type[np.generic], shape: Shape) -> None:
        """Declare the graph output `name`, taken from `value`."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(_value(name, dtype, shape))

    def constant(self, array: NDArray[np.generic] | Sequence[int] | Sequence[float] | float) -> str:
        """Store an array. Python floats become float32 and ints int64, as most operators want them."""
        tensor = array if isinstance(array, np.ndarray) else np.asarray(array)
        if not isinstance(array, np.ndarray) and tensor.dtype == np.float64:
            tensor = tensor.astype(np.float32)
        name = f"c{len(self._constants)}"
        self._constants.append(
            numpy_helper.from_array(np.ascontiguousarray(tensor).reshape(tensor.shape), name)
        )
        return name

    def op(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add one operator with one output. An empty input name leaves an optional input out."""
        name = f"{operator.lower()}{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def ops(self, operator: str, *inputs: str, outputs: int, **attributes: Any) -> list[str]:
        """Add one operator with several outputs."""
        names = [f"{operator.lower()}{len(self._nodes)}_{index}" for index in range(outputs)]
        self._nodes.append(helper.make_node(operator, list(inputs), names, **attributes))
        return names

    def model(self, name: str) -> onnx.ModelProto:
        """The finished, checked model."""
        graph = helper.make_graph(self._nodes, name, self._inputs, self._outputs, self._constants)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="hexaface-export",
        )
        onnx.checker.check_model(model, full_check=True)
        return model


def _value(name: str, dtype: type[np.generic], shape: Shape) -> onnx.ValueInfoProto:
    kind = TensorProto.DataType.Value(
        helper.tensor_dtype_to_string(helper.np_dtype_to_tensor_dtype(np.dtype(dtype))).split(".")[-1]
    )
    return helper.make_tensor_value_info(name, kind, list(shape))
