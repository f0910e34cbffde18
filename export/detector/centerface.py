"""The packaged CenterFace as a graph from pictures to candidate faces.

Xu, Yan, Xiong & Cao, "CenterFace: Joint Face Detection and Alignment Using Face as Point" (2019, arXiv:1911.03599).
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper, version_converter

from export.detector.tail import Tail, feed_pictures
from export.onnx_tools import graphs
from export.onnx_tools.builder import OPSET

STRIDE = 4
"""Input pixels per cell of the output maps (section 3.1)."""

_MAPS = {"537": "heat", "538": "log_size", "539": "offset", "540": "relative_landmarks"}


def build_graph(path: Path) -> onnx.ModelProto:
    """The graph of the packaged file, repaired and completed.

    `image` uint8 (batch, height, width, 3) RGB with sides that are multiples of 32 -> per picture the k best peaks of
    the heat map, best first (k = 1,024, or every cell of a small picture): `boxes` (batch, k, 4) as x0, y0, x1, y1,
    `scores` (batch, k), `landmarks` (batch, k, 5, 2), in pixels of the input where 0 is its left or upper edge.
    Below a score of 0.1, and where a cell is no peak, all three are 0. Overlapping candidates are left to the caller.
    """
    model = load(path)
    _fold_normalisations(model)
    feed_pictures(model)
    _decode(model)
    return model


def load(path: Path) -> onnx.ModelProto:
    """The packaged network at our opset, any batch and size: `input.1` float (n, 3, h, w), RGB 0..255 -> four maps."""
    model = onnx.load(path)
    graphs.free_initializers(model)
    graphs.loosen(model, {0: "batch", 2: "height", 3: "width"})
    for output in model.graph.output:
        for axis, name in ((2, "rows"), (3, "columns")):
            output.type.tensor_type.shape.dim[axis].dim_param = name
    return version_converter.convert_version(model, OPSET)


def _fold_normalisations(model: onnx.ModelProto) -> None:
    """Multiply the three batch normalisations that the package left into the transposed convolutions before them."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    producers = {node.output[0]: node for node in model.graph.node}
    for node in [node for node in model.graph.node if node.op_type == "BatchNormalization"]:
        before = producers[node.input[0]]
        gamma, beta, mean, variance = (numpy_helper.to_array(tensors[name]) for name in node.input[1:5])
        epsilon = next((a.f for a in node.attribute if a.name == "epsilon"), 1e-5)
        gain = gamma / np.sqrt(variance + epsilon)
        weight = numpy_helper.to_array(tensors[before.input[1]]) * gain[None, :, None, None]
        tensors[before.input[1]].CopyFrom(numpy_helper.from_array(weight.astype(np.float32), before.input[1]))
        bias = numpy_helper.from_array((beta - mean * gain).astype(np.float32), f"{before.output[0]}_bias")
        model.graph.initializer.append(bias)
        before.input.append(bias.name)
        before.output[0] = node.output[0]
        model.graph.node.remove(node)
        _drop(model, list(node.input[1:5]))


def _drop(model: onnx.ModelProto, names: list[str]) -> None:
    for tensor in [tensor for tensor in model.graph.initializer if tensor.name in names]:
        model.graph.initializer.remove(tensor)


def _decode(model: onnx.ModelProto) -> None:
    """Append what turns the four maps into candidates (the paper's section 3.2, its repository's `decode`)."""
    for node in model.graph.node:
        node.output[:] = [_MAPS.get(name, name) for name in node.output]
    tail = Tail(model)
    ranked, best = _peaks(tail)
    columns = tail.op("Shape", "heat", start=3)
    row = tail.op("Div", best, columns)
    column = tail.op("Sub", best, tail.op("Mul", row, columns))
    centre = tail.op("Concat", *(tail.float_column(value) for value in (column, row)), axis=2)
    # The maps hold y before x: reversed on the channel axis.
    offset = tail.op("Gather", _pick(tail, "offset", best), tail.ints([1, 0]), axis=2)
    log_size = tail.op("Gather", _pick(tail, "log_size", best), tail.ints([1, 0]), axis=2)
    relative = tail.op("Reshape", _pick(tail, "relative_landmarks", best), tail.ints([0, 0, 5, 2]))
    relative = tail.op("Gather", relative, tail.ints([1, 0]), axis=3)
    size = tail.op("Mul", tail.op("Exp", log_size), tail.float(STRIDE))
    centre = tail.op("Add", tail.op("Add", centre, offset), tail.float(0.5))
    half = tail.op("Mul", size, tail.float(0.5))
    low = tail.op("Sub", tail.op("Mul", centre, tail.float(STRIDE)), half)
    boxes = tail.op("Concat", low, tail.op("Add", low, size), axis=2)
    low, size = (tail.op("Unsqueeze", value, tail.ints([2])) for value in (low, size))
    landmarks = tail.op("Add", tail.op("Mul", relative, size), low)
    tail.answer(ranked, boxes, landmarks)


def _peaks(tail: Tail) -> tuple[str, str]:
    """The scores and the flat cells of the best peaks, both (batch, k), best first.

    A peak is a cell that equals the maximum of its 3x3 neighbourhood (Zhou et al., "Objects as Points", 2019,
    section 4): it spares the caller most of the overlapping candidates.
    """
    highest = tail.op("MaxPool", "heat", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1])
    peak = tail.op("Cast", tail.op("Equal", "heat", highest), to=TensorProto.FLOAT)
    return tail.ranked(tail.op("Reshape", tail.op("Mul", "heat", peak), tail.ints([0, -1])))


def _pick(tail: Tail, values: str, cells: str) -> str:
    """A map (batch, channels, rows, columns) at flat `cells` (batch, k) -> (batch, k, channels)."""
    flat = tail.op("Reshape", values, tail.ints([0, 0, -1]))
    return tail.pick(tail.op("Transpose", flat, perm=[0, 2, 1]), cells)
