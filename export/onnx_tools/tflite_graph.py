"""Convert a float TFLite graph to ONNX, with channels first inside and a dynamic batch.

TFLite keeps pictures channels last, ONNX operators want them first. Each value is therefore held in
whichever layout its producer made, and transposed at most once when a consumer needs the other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from export.onnx_tools.builder import GraphBuilder
from export.onnx_tools.tflite_file import Operator, TFLiteFile, read_tflite

_RANK = 4
_SAME = 0  # tflite.Padding.SAME
_ACTIVATIONS = {0: "", 1: "Relu", 3: "Relu6"}  # tflite.ActivationFunctionType
_END = np.iinfo(np.int64).max


@dataclass
class _Value:
    """A tensor under conversion: its ONNX name per layout, or its value when it is constant."""

    last: str | None = None
    first: str | None = None
    constant: NDArray[np.generic] | None = None


def convert_tflite(path: Path, outputs: Mapping[str, str]) -> onnx.ModelProto:
    """Convert a file whose first axis is the batch; it becomes dynamic.

    `outputs` maps the file's output names to the names they get (those not named are dropped). The input keeps its
    channels-last layout and becomes `input`. Raises ValueError for an operator that is not known here.
    """
    return convert(read_tflite(path), outputs)


def convert(file: TFLiteFile, outputs: Mapping[str, str]) -> onnx.ModelProto:
    """`convert_tflite` for a file that was read already."""
    return _Conversion(file).run(outputs)


class _Conversion:
    def __init__(self, file: TFLiteFile) -> None:
        self.file = file
        self.graph = GraphBuilder()
        self.values: dict[int, _Value] = {}
        self.batch = file.tensors[file.inputs[0]].shape[0]

    def run(self, outputs: Mapping[str, str]) -> onnx.ModelProto:
        (source,) = self.file.inputs
        shape = self.file.tensors[source].shape
        self.values[source] = _Value(last=self.graph.input("input", np.float32, ["batch", *shape[1:]]))
        for operator in self.file.operators:
            if operator.kind not in _OPERATORS:
                raise ValueError(f"no conversion for the TFLite operator {operator.kind}")
            self.values[operator.outputs[0]] = _OPERATORS[operator.kind](self, operator)
        for index in self.file.outputs:
            tensor = self.file.tensors[index]
            if tensor.name in outputs:
                shape = tensor.shape[1:] if tensor.shape[:1] == (self.batch,) else tensor.shape
                self.graph.output(outputs[tensor.name], self.last(index), np.float32, ["batch", *shape])
        return self.graph.model("tflite")

    def value(self, index: int) -> _Value:
        if index not in self.values:
            self.values[index] = _Value(constant=self.file.tensors[index].constant)
        return self.values[index]

    def constant(self, index: int) -> NDArray[np.generic]:
        value = self.value(index).constant
        if value is None:
            raise ValueError(f"{self.file.tensors[index].name} must be constant")
        return value

    def last(self, index: int) -> str:
        """The value's name in TFLite's own layout."""
        value = self.value(index)
        if value.last is None and value.constant is not None:
            value.last = self.graph.constant(value.constant)
        elif value.last is None and value.first is not None:
            value.last = self.graph.op("Transpose", value.first, perm=[0, 2, 3, 1])
        assert value.last is not None  # noqa: S101  # every produced value has one layout or the other
        return value.last

    def first(self, index: int) -> str:
        """The name of a four-dimensional value with its channels first."""
        value = self.value(index)
        if value.first is None:
            value.first = self.graph.op("Transpose", self.last(index), perm=[0, 3, 1, 2])
        return value.first

    def activate(self, name: str, code: int) -> str:
        activation = _ACTIVATIONS[code]
        if activation == "Relu6":
            return self.graph.op("Clip", name, self.graph.constant(0.0), self.graph.constant(6.0))
        return self.graph.op(activation, name) if activation else name


def _convolution(c: _Conversion, o: Operator) -> _Value:
    weights = c.constant(o.inputs[1])
    depthwise = o.kind == "DEPTHWISE_CONV_2D"
    weights = weights.transpose(3, 0, 1, 2) if depthwise else weights.transpose(0, 3, 1, 2)
    inputs = [c.first(o.inputs[0]), c.graph.constant(weights)]
    if len(o.inputs) > 2 and o.inputs[2] >= 0:  # noqa: PLR2004  # the third input is the bias
        inputs.append(c.graph.constant(c.constant(o.inputs[2])))
    attributes = {
        "group": weights.shape[0] if depthwise else 1,
        "kernel_shape": list(weights.shape[2:]),
        "strides": [o.options.StrideH(), o.options.StrideW()],
        "dilations": [o.options.DilationHFactor(), o.options.DilationWFactor()],
        "auto_pad": "SAME_UPPER" if o.options.Padding() == _SAME else "VALID",
    }
    convolved = c.graph.op("Conv", *inputs, **attributes)
    return _Value(first=c.activate(convolved, o.options.FusedActivationFunction()))


def _pool(operator: str) -> Callable[[_Conversion, Operator], _Value]:
    def convert(c: _Conversion, o: Operator) -> _Value:
        pooled = c.graph.op(
            operator,
            c.first(o.inputs[0]),
            kernel_shape=[o.options.FilterHeight(), o.options.FilterWidth()],
            strides=[o.options.StrideH(), o.options.StrideW()],
            auto_pad="SAME_UPPER" if o.options.Padding() == _SAME else "VALID",
        )
        return _Value(first=c.activate(pooled, o.options.FusedActivationFunction()))

    return convert


def _elementwise(operator: str) -> Callable[[_Conversion, Operator], _Value]:
    def convert(c: _Conversion, o: Operator) -> _Value:
        code = o.options.FusedActivationFunction() if o.options is not None else 0
        values = [c.value(i) for i in o.inputs]
        if any(v.first is not None and v.last is None for v in values):
            names = [_planes(c, i) if c.value(i).constant is not None else c.first(i) for i in o.inputs]
            return _Value(first=c.activate(c.graph.op(operator, *names), code))
        return _Value(last=c.activate(c.graph.op(operator, *(c.last(i) for i in o.inputs)), code))

    return convert


def _planes(c: _Conversion, index: int) -> str:
    """A constant made ready to broadcast against a value with channels first."""
    array = c.constant(index)
    padded = array.reshape((1,) * (_RANK - array.ndim) + array.shape)
    return c.graph.constant(padded.transpose(0, 3, 1, 2))


def _rsqrt(c: _Conversion, o: Operator) -> _Value:
    return _Value(last=c.graph.op("Reciprocal", c.graph.op("Sqrt", c.last(o.inputs[0]))))


def _squared_difference(c: _Conversion, o: Operator) -> _Value:
    difference = c.graph.op("Sub", c.last(o.inputs[0]), c.last(o.inputs[1]))
    return _Value(last=c.graph.op("Mul", difference, difference))


def _prelu(c: _Conversion, o: Operator) -> _Value:
    slope = c.graph.constant(c.constant(o.inputs[1]).reshape(-1, 1, 1))
    return _Value(first=c.graph.op("PRelu", c.first(o.inputs[0]), slope))


def _dense(c: _Conversion, o: Operator) -> _Value:
    product = c.graph.op("MatMul", c.last(o.inputs[0]), c.graph.constant(c.constant(o.inputs[1]).T))
    if len(o.inputs) > 2 and o.inputs[2] >= 0:  # noqa: PLR2004  # the third input is the bias
        product = c.graph.op("Add", product, c.last(o.inputs[2]))
    return _Value(last=c.activate(product, o.options.FusedActivationFunction()))


def _reduce(operator: str) -> Callable[[_Conversion, Operator], _Value]:
    def convert(c: _Conversion, o: Operator) -> _Value:
        axes = [int(a) for a in np.atleast_1d(c.constant(o.inputs[1]))]
        keep = int(o.options.KeepDims())
        if operator == "ReduceMean":  # its axes are an attribute until opset 18
            return _Value(last=c.graph.op(operator, c.last(o.inputs[0]), axes=axes, keepdims=keep))
        return _Value(last=c.graph.op(operator, c.last(o.inputs[0]), c.graph.constant(axes), keepdims=keep))

    return convert


def _reshape(c: _Conversion, o: Operator) -> _Value:
    source, target = (c.file.tensors[i].shape for i in (o.inputs[0], o.outputs[0]))
    # A zero copies the input's dimension: the batch. A graph made for one item may drop its batch axis at the end.
    kept = source[:1] == target[:1] == (c.batch,)
    shape = [0, *target[1:]] if kept else [-1, *target]
    return _Value(last=c.graph.op("Reshape", c.last(o.inputs[0]), c.graph.constant(shape)))


def _transpose(c: _Conversion, o: Operator) -> _Value:
    order = [int(a) for a in c.constant(o.inputs[1])]
    return _Value(last=c.graph.op("Transpose", c.last(o.inputs[0]), perm=order))


def _pad(c: _Conversion, o: Operator) -> _Value:
    widths = c.constant(o.inputs[1])[[0, 3, 1, 2]]
    ends = [int(w) for w in [*widths[:, 0], *widths[:, 1]]]
    return _Value(first=c.graph.op("Pad", c.first(o.inputs[0]), c.graph.constant(ends)))


def _concatenate(c: _Conversion, o: Operator) -> _Value:
    rows = [_batched(c, i) if c.value(i).constant is not None else c.last(i) for i in o.inputs]
    return _Value(last=c.graph.op("Concat", *rows, axis=o.options.Axis()))


def _batched(c: _Conversion, index: int) -> str:
    """A constant with a batch axis of one, repeated for every item of the graph's input."""
    array = c.constant(index)
    batch = c.graph.op("Shape", "input", start=0, end=1)
    rest = c.graph.constant([1] * (array.ndim - 1))
    return c.graph.op("Tile", c.graph.constant(array), c.graph.op("Concat", batch, rest, axis=0))


def _strided_slice(c: _Conversion, o: Operator) -> _Value:
    begin, end, stride = (np.atleast_1d(c.constant(i)) for i in o.inputs[1:4])
    axes = list(range(len(begin)))
    whole_batch = int(begin[0]) == 0 and int(end[0]) in (0, c.batch)
    # A graph made for one item may drop its batch axis: it is kept here, since it becomes dynamic.
    shrunk = [a for a in axes if o.options.ShrinkAxisMask() >> a & 1 and not (a == 0 and whole_batch)]
    starts = [0 if o.options.BeginMask() >> a & 1 else int(begin[a]) for a in axes]
    stops = [_END if o.options.EndMask() >> a & 1 else int(end[a]) for a in axes]
    for a in shrunk:
        stops[a] = starts[a] + 1 if starts[a] != -1 else _END
    if whole_batch:
        stops[0] = _END
    bounds = (c.graph.constant(v) for v in (starts, stops, axes, [int(s) for s in stride]))
    part = c.graph.op("Slice", c.last(o.inputs[0]), *bounds)
    return _Value(last=c.graph.op("Squeeze", part, c.graph.constant(shrunk)) if shrunk else part)


def _dequantize(c: _Conversion, o: Operator) -> _Value:
    return _Value(constant=c.constant(o.inputs[0]).astype(np.float32))


def _normalise(c: _Conversion, o: Operator) -> _Value:
    return _Value(last=c.graph.op("LpNormalization", c.last(o.inputs[0]), axis=-1, p=2))


_OPERATORS: dict[str, Callable[[_Conversion, Operator], _Value]] = {
    "ABS": _elementwise("Abs"),
    "ADD": _elementwise("Add"),
    "AVERAGE_POOL_2D": _pool("AveragePool"),
    "CONCATENATION": _concatenate,
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _convolution,
    "DEQUANTIZE": _dequantize,
    "DIV": _elementwise("Div"),
    "FULLY_CONNECTED": _dense,
    "L2_NORMALIZATION": _normalise,
    "LOGISTIC": _elementwise("Sigmoid"),
    "MAX_POOL_2D": _pool("MaxPool"),
    "MEAN": _reduce("ReduceMean"),
    "MUL": _elementwise("Mul"),
    "NEG": _elementwise("Neg"),
    "PAD": _pad,
    "PRELU": _prelu,
    "RELU": _elementwise("Relu"),
    "RESHAPE": _reshape,
    "RSQRT": _rsqrt,
    "SQRT": _elementwise("Sqrt"),
    "SQUARED_DIFFERENCE": _squared_difference,
    "STRIDED_SLICE": _strided_slice,
    "SUB": _elementwise("Sub"),
    "SUM": _reduce("ReduceSum"),
    "TRANSPOSE": _transpose,
}
