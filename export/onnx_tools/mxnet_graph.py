"""Turn a small convolutional MXNet network into an ONNX graph."""

import ast
from collections.abc import Callable, Mapping

import numpy as np
import onnx
from numpy.typing import NDArray

from export.onnx_tools.builder import GraphBuilder
from export.onnx_tools.mxnet_file import Symbol

Params = Mapping[str, NDArray[np.float32]]
_BATCH_NORM_EPS = "1e-3"  # MXNet's default


def convert_mxnet(
    symbols: list[Symbol], params: Params, last: str, side: int, outputs: int
) -> onnx.ModelProto:
    """The graph up to the symbol `last`: `data` float32 (batch, 3, side, side) -> `last` (batch, outputs).

    Raises ValueError for an operator that is not known here.
    """
    graph = GraphBuilder()
    found = {0: graph.input("data", np.float32, ["batch", 3, side, side])}
    for place, symbol in enumerate(symbols):
        if symbol.operator == "null" or place in found:
            continue
        if symbol.operator not in _OPERATORS:
            raise ValueError(f"MXNet's {symbol.operator} is not converted")
        constants = [params[symbols[i].name] for i in symbol.inputs if i not in found]
        values = [found[i] for i in symbol.inputs if i in found]
        found[place] = _OPERATORS[symbol.operator](graph, symbol, values, constants)
        if symbol.name == last:
            graph.output(last, found[place], np.float32, ["batch", outputs])
            return graph.model("mxnet")
    raise ValueError(f"the network has no {last}")


Convert = Callable[[GraphBuilder, Symbol, list[str], list[NDArray[np.float32]]], str]


def _scalar(operator: str) -> Convert:
    def convert(graph: GraphBuilder, symbol: Symbol, values: list[str], _: list[NDArray[np.float32]]) -> str:
        return graph.op(operator, values[0], graph.constant(float(symbol.attributes["scalar"])))

    return convert


def _convolution(
    graph: GraphBuilder, symbol: Symbol, values: list[str], constants: list[NDArray[np.float32]]
) -> str:
    kernel, pad, stride = (ast.literal_eval(symbol.attributes[key]) for key in ("kernel", "pad", "stride"))
    return graph.op(
        "Conv",
        values[0],
        *(graph.constant(array) for array in constants),
        kernel_shape=list(kernel),
        pads=[*pad, *pad],
        strides=list(stride),
        group=int(symbol.attributes.get("num_group", "1")),
    )


def _batch_norm(
    graph: GraphBuilder, symbol: Symbol, values: list[str], constants: list[NDArray[np.float32]]
) -> str:
    gamma, beta, mean, variance = constants
    if symbol.attributes.get("fix_gamma", "True") == "True":
        gamma = np.ones_like(gamma)
    numbers = [graph.constant(array) for array in (gamma, beta, mean, variance)]
    epsilon = float(symbol.attributes.get("eps", _BATCH_NORM_EPS))
    return graph.op("BatchNormalization", values[0], *numbers, epsilon=epsilon)


def _prelu(graph: GraphBuilder, _: Symbol, values: list[str], constants: list[NDArray[np.float32]]) -> str:
    return graph.op("PRelu", values[0], graph.constant(constants[0].reshape(-1, 1, 1)))


def _dense(graph: GraphBuilder, _: Symbol, values: list[str], constants: list[NDArray[np.float32]]) -> str:
    return graph.op("Gemm", graph.op("Flatten", values[0]), *map(graph.constant, constants), transB=1)


def _sum(graph: GraphBuilder, _: Symbol, values: list[str], __: list[NDArray[np.float32]]) -> str:
    return graph.op("Add", *values)


_OPERATORS: dict[str, Convert] = {
    "_minus_scalar": _scalar("Sub"),
    "_mul_scalar": _scalar("Mul"),
    "BatchNorm": _batch_norm,
    "Convolution": _convolution,
    "FullyConnected": _dense,
    "LeakyReLU": _prelu,
    "elemwise_add": _sum,
}
