"""YuNet-n as a graph from pictures to candidate faces.

Wu, Peng & Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 20 (2023).
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper, version_converter

from export.detector.tail import Tail, feed_pictures
from export.onnx_tools import graphs
from export.onnx_tools.builder import OPSET

SOURCE = Path(__file__).parent / "yunet_n.onnx"
"""onnx/yunet_n_dynamic.onnx of ShiqiYu/libfacedetection.train at commit 0047ac24, byte for byte: no registry has it."""
SHA256 = "104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12"

STRIDES = (8, 16, 32)
"""Input pixels per cell of the three levels (section 3.2)."""


def build_graph(path: Path) -> onnx.ModelProto:
    """The graph of the published file, completed.

    `image` uint8 (batch, height, width, 3) RGB with sides that are multiples of 32 -> per picture the k best cells of
    the three levels, best first (k = 1,024, or every cell of a small picture): `boxes` (batch, k, 4) as x0, y0, x1, y1,
    `scores` (batch, k), `landmarks` (batch, k, 5, 2), in pixels of the input where 0 is its left or upper edge.
    Below a score of 0.1 all three are 0. Overlapping candidates are left to the caller.
    """
    model = load(path)
    _take_rgb(model)
    feed_pictures(model)
    _decode(model)
    return model


def load(path: Path) -> onnx.ModelProto:
    """The published network at our opset: `input` float (n, 3, h, w), BGR 0..255 -> twelve lists of cells."""
    model = onnx.load(path)
    graphs.free_initializers(model)
    return version_converter.convert_version(model, OPSET)


def _take_rgb(model: onnx.ModelProto) -> None:
    """Turn the first convolution's input channels round: the network was trained on BGR."""
    first = model.graph.node[0]
    weight = next(tensor for tensor in model.graph.initializer if tensor.name == first.input[1])
    turned = np.ascontiguousarray(numpy_helper.to_array(weight)[:, ::-1])
    weight.CopyFrom(numpy_helper.from_array(turned, weight.name))


def _decode(model: onnx.ModelProto) -> None:
    """Append what turns the lists into candidates: score = sqrt(cls * obj), box and points relative to their cell."""
    tail = Tail(model)
    levels = ("cls", "obj", "bbox", "kps")
    cls, obj, bbox, kps = (tail.op("Concat", *(f"{kind}_{s}" for s in STRIDES), axis=1) for kind in levels)
    scores = tail.op("Sqrt", tail.op("Squeeze", tail.op("Mul", cls, obj), tail.ints([2])))
    ranked, best = tail.ranked(scores)
    cells = tail.op("Gather", tail.op("Concat", *(_cells(tail, s) for s in STRIDES), axis=0), best, axis=0)
    corner, stride = (
        tail.op("Slice", cells, tail.ints([a]), tail.ints([b]), tail.ints([2])) for a, b in ((0, 2), (2, 3))
    )
    shift, log_size = (
        tail.op("Slice", tail.pick(bbox, best), tail.ints([a]), tail.ints([b]), tail.ints([2]))
        for a, b in ((0, 2), (2, 4))
    )
    centre = tail.op("Add", corner, tail.op("Mul", shift, stride))
    half = tail.op("Mul", tail.op("Mul", tail.op("Exp", log_size), stride), tail.float(0.5))
    boxes = tail.op("Concat", tail.op("Sub", centre, half), tail.op("Add", centre, half), axis=2)
    points = tail.op("Reshape", tail.pick(kps, best), tail.ints([0, 0, 5, 2]))
    corner, stride = (tail.op("Unsqueeze", value, tail.ints([2])) for value in (corner, stride))
    tail.answer(ranked, boxes, tail.op("Add", tail.op("Mul", points, stride), corner))


def _cells(tail: Tail, stride: int) -> str:
    """(cells, 3): left and upper edge in pixels and the stride, of every cell of a level, row by row."""
    size = tail.op("Div", tail.op("Shape", "image", start=1, end=3), tail.ints([stride]))
    rows, columns = (tail.op("Gather", size, tail.ints([i])) for i in (0, 1))
    zero, one = (tail.constant(np.asarray(value, np.int64)) for value in (0, 1))
    count = tail.op("Squeeze", tail.op("Mul", rows, columns), tail.ints([0]))
    cell = tail.op("Range", zero, count, one)
    row = tail.op("Div", cell, columns)
    column = tail.op("Sub", cell, tail.op("Mul", row, columns))
    # A third column of ones, so that one product gives the stride too.
    ones = tail.op("Add", tail.op("Sub", cell, cell), tail.ints([1]))
    table = tail.op("Concat", *(tail.op("Unsqueeze", v, tail.ints([1])) for v in (column, row, ones)), axis=1)
    return tail.op("Mul", tail.op("Cast", table, to=TensorProto.FLOAT), tail.float(stride))
