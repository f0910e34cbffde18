"""BlazeFace (short range) as a graph from pictures to candidate faces.

Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs" (CVPR-W 2019). Made for 128 pixels; it
is convolutional throughout, so it takes any sides that are multiples of 32 and sees as far in them.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from export.detector.tail import Tail
from export.keypoints.source import DETECTOR_NET, convert
from export.onnx_tools import graphs

ANCHORS: Mapping[int, int] = MappingProxyType({8: 2, 16: 6})
"""How many candidates a cell of 8x8 and of 16x16 input pixels gives, all about the cell's centre (MediaPipe's SSD anchors)."""
SIDE = 128
MEAN = STD = (127.5,) * 3
POINTS = 6
"""Image-left eye, image-right eye, nose tip, middle of the mouth, both ears."""

_MOUTH = 29.18 / 35.24 / 2
"""From the middle of the mouth to its corner, of the distance of the eyes: the chip's template."""
FIVE = np.asarray(
    [
        [1, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0],
        [_MOUTH, -_MOUTH, 0, 1, 0, 0],
        [-_MOUTH, _MOUTH, 0, 1, 0, 0],
    ],
    np.float32,
)
"""The five landmarks as sums of BlazeFace's six points: the mouth's corners lie along the line of the eyes."""


def network() -> onnx.ModelProto:
    """The packaged network: `input` float (n, 128, 128, 3) -> `regressors` (n, 896, 16), `logits` (n, 896, 1). Raises FetchError."""
    return convert(DETECTOR_NET, {"regressors": "regressors", "classificators": "logits"})


def build_graph() -> onnx.ModelProto:
    """The graph of the packaged network, for any size, completed.

    `image` uint8 (batch, height, width, 3) RGB with sides that are multiples of 32 -> as every detector's graph
    (`export.detector.yunet.build_graph`).
    """
    model = network()
    _free_size(model)
    graphs.take_pictures(model, ("height", "width"), MEAN, STD, channels_first=False)
    _decode(model)
    return model


def _free_size(model: onnx.ModelProto) -> None:
    """Let each level's list of cells be as long as its map."""
    shapes = {node.input[1] for node in model.graph.node if node.op_type == "Reshape"}
    for tensor in model.graph.initializer:
        if tensor.name in shapes:
            batch, _, channels = numpy_helper.to_array(tensor)
            freed = np.asarray([batch, -1, channels], np.int64)
            tensor.CopyFrom(numpy_helper.from_array(freed, tensor.name))
    del model.graph.value_info[:]


def _decode(model: onnx.ModelProto) -> None:
    """Append what turns the lists into candidates: everything is in pixels about the centre of its cell."""
    tail = Tail(model)
    scores = tail.op("Sigmoid", tail.op("Squeeze", "logits", tail.ints([2])))
    ranked, best = tail.ranked(scores)
    centres = tail.op("Concat", *(_centres(tail, stride, count) for stride, count in ANCHORS.items()), axis=0)
    centre = tail.op("Gather", centres, best, axis=0)
    picked = tail.pick("regressors", best)
    shift, size, points = (
        tail.op("Slice", picked, tail.ints([a]), tail.ints([b]), tail.ints([2]))
        for a, b in ((0, 2), (2, 4), (4, 4 + 2 * POINTS))
    )
    middle, half = tail.op("Add", centre, shift), tail.op("Mul", size, tail.float(0.5))
    boxes = tail.op("Concat", tail.op("Sub", middle, half), tail.op("Add", middle, half), axis=2)
    six = tail.op("Reshape", points, tail.ints([0, 0, POINTS, 2]))
    # The rows of FIVE add up to one, so the points can be summed before the cell's centre is added.
    five = tail.op("MatMul", tail.constant(FIVE), six)
    tail.answer(ranked, boxes, tail.op("Add", five, tail.op("Unsqueeze", centre, tail.ints([2]))))


def _centres(tail: Tail, stride: int, count: int) -> str:
    """(cells * count, 2): the centre in pixels of every cell of a level, row by row, as often as it has candidates."""
    size = tail.op("Div", tail.op("Shape", "image", start=1, end=3), tail.ints([stride]))
    rows, columns = (tail.op("Gather", size, tail.ints([i])) for i in (0, 1))
    zero, one = (tail.constant(np.asarray(value, np.int64)) for value in (0, 1))
    cells = tail.op("Squeeze", tail.op("Mul", rows, columns), tail.ints([0]))
    candidate = tail.op("Range", zero, tail.op("Mul", cells, tail.constant(np.asarray(count, np.int64))), one)
    cell = tail.op("Div", candidate, tail.ints([count]))
    row = tail.op("Div", cell, columns)
    column = tail.op("Sub", cell, tail.op("Mul", row, columns))
    table = tail.op("Concat", *(tail.op("Unsqueeze", v, tail.ints([1])) for v in (column, row)), axis=1)
    middle = tail.op("Add", tail.op("Cast", table, to=TensorProto.FLOAT), tail.float(0.5))
    return tail.op("Mul", middle, tail.float(stride))
