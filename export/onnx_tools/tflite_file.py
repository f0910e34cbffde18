"""Read a float TFLite file: its tensors, its constants and its operators in order."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tflite
from numpy.typing import NDArray

# tflite.TensorType -> numpy, for the types that float models use.
_DTYPES: dict[int, type[np.generic]] = {0: np.float32, 1: np.float16, 2: np.int32, 4: np.int64}


@dataclass(frozen=True)
class Tensor:
    """One tensor of the file; `constant` is its value when the file holds one."""

    name: str
    shape: tuple[int, ...]
    constant: NDArray[np.generic] | None


@dataclass(frozen=True)
class Operator:
    """One operator; tensors are given by index, -1 stands for an optional input left out."""

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Any
    """The schema's option table of this kind (`tflite.Conv2DOptions` and so on), or None."""


@dataclass(frozen=True)
class TFLiteFile:
    """The first subgraph of a TFLite file."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


_OPTIONS = {
    "ADD": "AddOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "CONCATENATION": "ConcatenationOptions",
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "DIV": "DivOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "MUL": "MulOptions",
    "STRIDED_SLICE": "StridedSliceOptions",
    "SUB": "SubOptions",
    "SUM": "ReducerOptions",
}


def read_tflite(path: Path) -> TFLiteFile:
    """Parse a file. Raises ValueError for tensor types that float models do not use."""
    model = tflite.Model.GetRootAsModel(path.read_bytes(), 0)
    graph = model.Subgraphs(0)
    return TFLiteFile(
        tensors=tuple(_tensor(model, graph.Tensors(i)) for i in range(graph.TensorsLength())),
        operators=tuple(_operator(model, graph.Operators(i)) for i in range(graph.OperatorsLength())),
        inputs=tuple(int(i) for i in graph.InputsAsNumpy()),
        outputs=tuple(int(i) for i in graph.OutputsAsNumpy()),
    )


def _tensor(model: Any, tensor: Any) -> Tensor:
    shape = tuple(int(n) for n in tensor.ShapeAsNumpy()) if tensor.ShapeLength() else ()
    name = tensor.Name().decode()
    buffer = model.Buffers(tensor.Buffer())
    if buffer.DataLength() == 0:
        return Tensor(name, shape, None)
    if tensor.Type() not in _DTYPES:
        raise ValueError(f"{name} has tensor type {tensor.Type()}, which float models do not use")
    values = np.frombuffer(buffer.DataAsNumpy().tobytes(), _DTYPES[tensor.Type()]).reshape(shape)
    # float16 weights are storage only: the graph dequantises them before use.
    return Tensor(name, shape, values.astype(np.float32) if values.dtype == np.float16 else values)


def _operator(model: Any, operator: Any) -> Operator:
    code = model.OperatorCodes(operator.OpcodeIndex())
    # Codes above 127 live in the newer field, older files fill only the deprecated one.
    kind = tflite.opcode2name(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()))
    options = None
    if kind in _OPTIONS and operator.BuiltinOptions() is not None:
        table = operator.BuiltinOptions()
        options = getattr(tflite, _OPTIONS[kind])()
        options.Init(table.Bytes, table.Pos)
    inputs = tuple(int(i) for i in operator.InputsAsNumpy())
    return Operator(kind, inputs, tuple(int(i) for i in operator.OutputsAsNumpy()), options)
