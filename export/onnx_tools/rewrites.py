"""Replace what onnxruntime runs slowly on a CPU by what it runs fast; the answers stay the same but for rounding.

onnxruntime keeps convolutions in a blocked layout of its own, in which it adds, applies Relu and pools too. Whatever else
stands between two convolutions costs its own time and two copies into and out of that layout.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from export.onnx_tools.wiring import PICTURE_AXES, Wiring

_BIAS = 2  # the place of a convolution's bias among its inputs


def prelu_as_convolutions(model: onnx.ModelProto) -> None:
    """PRelu(x, a) = x + s Relu(s (a - 1) x), where s is -1 for slopes above one and else 1.

    Both products are depthwise convolutions, of which onnxruntime fuses one with the Relu and one with the sum. Its own
    PRelu became eight times slower in 1.28 (measured: embedder 12.5 -> 5.9 ms).
    """
    wiring = Wiring(model)

    def rewrite(node: onnx.NodeProto) -> list[onnx.NodeProto] | None:
        slope = wiring.constants.get(node.input[1]) if node.op_type == "PRelu" else None
        if slope is None or slope.ndim < PICTURE_AXES - 1:
            return None
        slopes = np.asarray(slope, np.float32).reshape(-1)
        (source, *_), (result,) = node.input, node.output
        sign = np.where(slopes > 1, -1, 1).astype(np.float32)
        return [
            wiring.scaled(sign * (slopes - 1), source, f"{result}_negative"),
            helper.make_node("Relu", [f"{result}_negative"], [f"{result}_bent"], name=f"{result}_bent"),
            wiring.scaled(sign, f"{result}_bent", f"{result}_signed"),
            helper.make_node("Add", [f"{result}_signed", source], [result], name=result),
        ]

    wiring.replace(rewrite)


def scales_into_convolutions(model: onnx.ModelProto) -> None:
    """A product with one number before convolutions goes into their weights: padding with zeros stays what it is."""
    wiring = Wiring(model)
    folded: dict[str, tuple[str, float]] = {}

    def rewrite(node: onnx.NodeProto) -> list[onnx.NodeProto] | None:
        if node.op_type == "Conv" and node.input[0] in folded:
            node.input[0], by = folded[node.input[0]]
            weights = np.asarray(wiring.constants[node.input[1]], np.float32) * np.float32(by)
            node.input[1] = wiring.constant(f"{node.output[0]}_scaled", weights)
            return None
        factor = _factor(node, wiring)
        if factor is None or not wiring.only_convolutions_read(node.output[0]):
            return None
        if any(reader.input[1] not in wiring.constants for reader in wiring.readers[node.output[0]]):
            return None
        folded[node.output[0]] = node.input[0], factor
        return []

    wiring.replace(rewrite)


def linear_pairs_into_one(model: onnx.ModelProto) -> None:
    """Two 1x1 convolutions with nothing between them are one, where that is less work."""
    wiring = Wiring(model)
    joined: dict[str, onnx.NodeProto] = {}

    def rewrite(node: onnx.NodeProto) -> list[onnx.NodeProto] | None:
        if node.op_type != "Conv":
            return None
        first = joined.get(node.input[0])
        if first is not None:
            _join(wiring, first, node)
            return None
        readers = wiring.readers.get(node.output[0], [])
        if len(readers) != 1 or not wiring.only_convolutions_read(node.output[0]):
            return None
        if not (_is_linear_map(node, wiring) and _is_linear_map(readers[0], wiring)):
            return None
        middle, inputs = wiring.constants[node.input[1]].shape[:2]
        outputs = wiring.constants[readers[0].input[1]].shape[0]
        if inputs * outputs >= middle * (inputs + outputs):
            return None
        joined[node.output[0]] = node
        return []

    wiring.replace(rewrite)


def one_number_for_all(model: onnx.ModelProto) -> None:
    """A constant of equal numbers that is only broadcast becomes one number: innermost axes of three are slow."""
    wiring = Wiring(model)

    def rewrite(node: onnx.NodeProto) -> list[onnx.NodeProto] | None:
        if node.op_type in {"Add", "Sub", "Mul", "Div"}:
            for place, name in enumerate(node.input):
                values = wiring.constants.get(name)
                small = values is not None and 1 < values.size <= PICTURE_AXES
                if values is not None and small and np.all(values == values.flat[0]):
                    node.input[place] = wiring.constant(
                        f"{node.output[0]}_{place}", values.flat[0].reshape(())
                    )
        return None

    wiring.replace(rewrite)


def _is_linear_map(node: onnx.NodeProto, wiring: Wiring) -> bool:
    """Whether a convolution maps each pixel's channels by one matrix."""
    weights = wiring.constants.get(node.input[1])
    if (
        weights is None
        or weights.shape[2:] != (1, 1)
        or not all(n in wiring.constants for n in node.input[1:])
    ):
        return False
    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    plain = attributes.get("group", 1) == 1 and not any(attributes.get("pads", []))
    return plain and set(attributes.get("strides", [1])) == {1}


def _join(wiring: Wiring, first: onnx.NodeProto, second: onnx.NodeProto) -> None:
    """Let `second` do what both did."""
    (a, b), (c, d) = (_matrix_and_bias(node, wiring) for node in (first, second))
    name = second.output[0]
    weights = wiring.constant(f"{name}_joined", (c @ a).astype(np.float32)[:, :, None, None])
    bias = wiring.constant(f"{name}_joined_bias", (c @ b + d).astype(np.float32))
    del second.input[:]
    second.input.extend([first.input[0], weights, bias])


def _matrix_and_bias(node: onnx.NodeProto, wiring: Wiring) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    matrix = wiring.constants[node.input[1]].astype(np.float64)[:, :, 0, 0]
    has_bias = len(node.input) > _BIAS
    return matrix, wiring.constants[node.input[2]].astype(np.float64) if has_bias else np.zeros(len(matrix))


def _factor(node: onnx.NodeProto, wiring: Wiring) -> float | None:
    """The number that a node multiplies its input by."""
    if node.op_type not in {"Mul", "Div"} or node.input[1] not in wiring.constants:
        return None
    values = wiring.constants[node.input[1]]
    if values.size != 1:
        return None
    number = float(values.reshape(-1)[0])
    return number if node.op_type == "Mul" else 1 / number
