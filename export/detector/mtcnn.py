"""MTCNN's three networks and the cascade between them as one graph, with the outputs of the other detector.

Zhang, Zhang, Li & Qiao, "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks" (IEEE
Signal Processing Letters 23(10), 2016). Weights and the cascade's details (thresholds, rounding) are those of the
package facenet-pytorch.
"""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto

from export.detector.mtcnn_layers import Layers, State

MIN_FACE = 20
"""Smallest face, pixels of the input: the package's default."""
FACTOR = 0.709
"""From one level of the pyramid to the next: half the area."""
LEVELS = 13
"""Enough for a shorter side of 1,280 pixels; levels under 12 pixels are ignored."""
THRESHOLDS = (0.6, 0.7, 0.7)
"""Lowest score after each network: the package's defaults."""
_CELL, _STRIDE = 12, 2
_MOST = 1000
# Pictures of a batch are set this far apart, so that one suppression treats them all without mixing them.
_APART = 1e5


@dataclass(frozen=True)
class _Boxes:
    """k candidates: `edges` (k, 4) x0, y0, x1, y1, `scores` (k,), `picture` (k,) int64, `shift` (k, 4) corrections."""

    edges: str
    scores: str
    picture: str
    shift: str


def build_graph(proposal: State, refinement: State, output: State) -> onnx.ModelProto:
    """`image` uint8 (batch, height, width, 3) RGB -> `boxes` (batch, k, 4), `scores` (batch, k), `landmarks`
    (batch, k, 5, 2), best first, in edge coordinates of the input; k varies, rows beyond a picture's faces are 0.
    """
    cascade = _Cascade()
    boxes = cascade.propose(proposal)
    boxes = cascade.refine(refinement, boxes)
    cascade.finish(output, boxes)
    return cascade.graph.model("mtcnn")


class _Cascade(Layers):
    def __init__(self) -> None:
        super().__init__()
        image = self.graph.input("image", np.uint8, ["batch", "height", "width", 3])
        planes = self.op("Cast", self.op("Transpose", image, perm=[0, 3, 1, 2]), to=TensorProto.FLOAT)
        centred = self.op("Sub", planes, self.number(127.5))
        self.planes = self.op("Mul", centred, self.number(1 / 128))
        shape = self.op("Shape", self.planes)
        self.size = self.op("Slice", shape, self.ints([2]), self.ints([4]))
        self.batch = self.op("Slice", shape, self.ints([0]), self.ints([2]))
        self.extent = self.op(
            "Cast", self.op("Gather", self.size, self.ints([1, 0, 1, 0])), to=TensorProto.FLOAT
        )

    # --- first stage: the fully convolutional proposal network on a pyramid

    def propose(self, state: State) -> _Boxes:
        level, parts = self.planes, []
        for index in range(LEVELS):
            scale = _CELL / MIN_FACE * FACTOR**index
            wanted = self.op("Mul", self.op("Cast", self.size, to=TensorProto.FLOAT), self.number(scale))
            side = self.op(
                "Cast", self.op("Floor", self.op("Add", wanted, self.number(1))), to=TensorProto.INT64
            )
            side = self.op("Max", side, self.ints([_CELL]))
            sizes = self.op("Concat", self.batch, side, axis=0)
            level = self.op("Resize", level, "", "", sizes, mode="linear")
            large = self.op("ReduceMin", wanted, axes=[0], keepdims=0)
            large = self.op("GreaterOrEqual", large, self.number(_CELL))
            parts.append(
                self.propose_level(state, level, scale, self.op("Cast", large, to=TensorProto.FLOAT))
            )
        joined = _Boxes(
            *(
                self.op("Concat", *(getattr(part, name) for part in parts), axis=0)
                for name in ("edges", "scores", "picture", "shift")
            )
        )
        kept = self.suppress(joined, 0.7, 0.0)
        return self.square(self.shifted(kept, whole_pixels=False))

    def propose_level(self, state: State, level: str, scale: float, valid: str) -> _Boxes:
        value = self.activated(state, level, 1)
        value = self.op("MaxPool", value, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
        value = self.activated(state, self.activated(state, value, 2), 3)
        faces = self.op("Softmax", self.convolved(state, value, "conv4_1"), axis=1)
        shift = self.convolved(state, value, "conv4_2")
        shape = self.op("Shape", faces)
        scores = self.op(
            "Mul", self.op("Slice", faces, self.ints([1]), self.ints([2]), self.ints([1])), valid
        )
        scores = self.op("Reshape", scores, self.ints([0, 1, -1]))
        shift = self.op("Transpose", self.op("Reshape", shift, self.ints([0, 4, -1])), perm=[0, 2, 1])
        edges = self.grid(shape, scale)
        batch = self.op("Slice", shape, self.ints([0]), self.ints([1]))
        repeated = self.op(
            "Expand",
            self.op("Unsqueeze", edges, self.ints([0])),
            self.op("Concat", batch, self.ints([1, 1]), axis=0),
        )
        chosen = self.op(
            "NonMaxSuppression",
            repeated,
            scores,
            self.ints([_MOST]),
            self.number(0.5),
            self.number(THRESHOLDS[0]),
        )
        picture, place = (
            self.op("Squeeze", self.op("Gather", chosen, self.ints([column]), axis=1), self.ints([1]))
            for column in (0, 2)
        )
        where = self.op("Gather", chosen, self.ints([0, 2]), axis=1)
        return _Boxes(
            self.op("Gather", edges, place, axis=0),
            self.op("GatherND", scores, chosen),
            picture,
            self.op("GatherND", shift, where),
        )

    def grid(self, shape: str, scale: float) -> str:
        """The boxes (n, 4) of a level's cells, row by row; `shape` is that of the level's map."""
        rows, columns = (
            self.op("Gather", shape, self.graph.constant(np.asarray(axis, np.int64))) for axis in (2, 3)
        )
        zero, one = self.graph.constant(np.asarray(0, np.int64)), self.graph.constant(np.asarray(1, np.int64))
        y, x = (
            self.op("Cast", self.op("Range", zero, count, one), to=TensorProto.FLOAT)
            for count in (rows, columns)
        )
        lengths = [self.op("Unsqueeze", count, self.ints([0])) for count in (rows, columns)]
        plane = self.op("Concat", *lengths, axis=0)
        y = self.op(
            "Reshape", self.op("Expand", self.op("Unsqueeze", y, self.ints([1])), plane), self.ints([-1, 1])
        )
        x = self.op(
            "Reshape", self.op("Expand", self.op("Unsqueeze", x, self.ints([0])), plane), self.ints([-1, 1])
        )
        corner = self.op("Concat", x, y, axis=1)
        low = self.op("Add", self.op("Mul", corner, self.number(_STRIDE)), self.number(1))
        high = self.op("Add", low, self.number(_CELL - 1))
        both = self.op("Concat", low, high, axis=1)
        return self.op("Floor", self.op("Div", both, self.number(scale)))

    # --- second and third stage: each candidate cut out and judged again

    def refine(self, state: State, boxes: _Boxes) -> _Boxes:
        value = self.crops(boxes, 24)
        value = self.pooled(self.activated(state, value, 1), 3)
        value = self.pooled(self.activated(state, value, 2), 3)
        value = self.dense(state, self.flat(self.activated(state, value, 3)), "dense4", "prelu4")
        scores = self.face_share(self.dense(state, value, "dense5_1"))
        judged = _Boxes(boxes.edges, scores, boxes.picture, self.dense(state, value, "dense5_2"))
        return self.square(self.shifted(self.suppress(judged, 0.7, THRESHOLDS[1]), whole_pixels=True))

    def finish(self, state: State, boxes: _Boxes) -> None:
        value = self.crops(boxes, 48)
        value = self.pooled(self.activated(state, value, 1), 3)
        value = self.pooled(self.activated(state, value, 2), 3)
        value = self.pooled(self.activated(state, value, 3), 2)
        value = self.dense(state, self.flat(self.activated(state, value, 4)), "dense5", "prelu5")
        scores = self.face_share(self.dense(state, value, "dense6_1"))
        points = self.op("Reshape", self.dense(state, value, "dense6_3"), self.ints([-1, 2, 5]))
        points = self.op("Transpose", points, perm=[0, 2, 1])
        low, size = self.corner_and_size(boxes.edges)
        low, size = (self.op("Unsqueeze", part, self.ints([1])) for part in (low, size))
        points = self.op("Sub", self.op("Add", self.op("Mul", points, size), low), self.number(1))
        shifted = self.shifted(
            _Boxes(boxes.edges, scores, boxes.picture, self.dense(state, value, "dense6_2")),
            whole_pixels=True,
        )
        points = self.op("Reshape", points, self.ints([-1, 10]))
        kept = self.suppress(_Boxes(shifted.edges, scores, boxes.picture, points), 0.7, THRESHOLDS[2])
        # The package counts pixels from 1 and includes the last: its left edge lies one pixel before.
        edges = self.op("Sub", kept.edges, self.graph.constant(np.array([1, 1, 0, 0], np.float32)))
        self.by_picture(_Boxes(edges, kept.scores, kept.picture, kept.shift))

    def by_picture(self, boxes: _Boxes) -> None:
        """From one list to a row per picture, best first, with zeros behind."""
        blank = _Boxes(
            self.graph.constant(np.zeros((1, 4), np.float32)),
            self.graph.constant(np.zeros(1, np.float32)),
            self.ints([0]),
            self.graph.constant(np.zeros((1, 10), np.float32)),
        )
        edges, scores, picture, points = (
            self.op("Concat", getattr(boxes, name), getattr(blank, name), axis=0)
            for name in ("edges", "scores", "picture", "shift")
        )
        count = self.op(
            "Squeeze", self.op("Slice", self.batch, self.ints([0]), self.ints([1])), self.ints([0])
        )
        pictures = self.op(
            "Range",
            self.graph.constant(np.asarray(0, np.int64)),
            count,
            self.graph.constant(np.asarray(1, np.int64)),
        )
        own = self.op(
            "Equal",
            self.op("Unsqueeze", pictures, self.ints([1])),
            self.op("Unsqueeze", picture, self.ints([0])),
        )
        table = self.op("Mul", self.op("Cast", own, to=TensorProto.FLOAT), scores)
        width = self.op("Shape", scores)
        ranked, order = self.graph.ops("TopK", table, width, outputs=2, axis=1)
        self.graph.output("scores", ranked, np.float32, ["batch", "candidates"])
        hit = self.op("Greater", ranked, self.number(0))
        for name, rows, shape in (("boxes", edges, [4]), ("landmarks", points, [5, 2])):
            values = self.op("Gather", rows, order, axis=0)
            values = self.op("Where", self.op("Unsqueeze", hit, self.ints([2])), values, self.number(0))
            if len(shape) > 1:
                values = self.op("Reshape", values, self.ints([0, 0, *shape]))
            self.graph.output(name, values, np.float32, ["batch", "candidates", *shape])

    # --- geometry

    def suppress(self, boxes: _Boxes, overlap: float, lowest: float) -> _Boxes:
        """What scores above `lowest` and does not overlap a better one of its picture, best first."""
        apart = self.op("Mul", self.op("Cast", boxes.picture, to=TensorProto.FLOAT), self.number(_APART))
        spread = self.op("Add", boxes.edges, self.op("Unsqueeze", apart, self.ints([1])))
        chosen = self.op(
            "NonMaxSuppression",
            self.op("Unsqueeze", spread, self.ints([0])),
            self.op("Unsqueeze", boxes.scores, self.ints([0, 1])),
            self.ints([16 * _MOST]),
            self.number(overlap),
            self.number(lowest),
        )
        place = self.op("Squeeze", self.op("Gather", chosen, self.ints([2]), axis=1), self.ints([1]))
        return _Boxes(
            *(
                self.op("Gather", getattr(boxes, name), place, axis=0)
                for name in ("edges", "scores", "picture", "shift")
            )
        )

    def corner_and_size(self, edges: str, extra: float = 1.0) -> tuple[str, str]:
        low = self.op("Slice", edges, self.ints([0]), self.ints([2]), self.ints([1]))
        high = self.op("Slice", edges, self.ints([2]), self.ints([4]), self.ints([1]))
        return low, self.op("Add", self.op("Sub", high, low), self.number(extra))

    def shifted(self, boxes: _Boxes, *, whole_pixels: bool) -> _Boxes:
        """Apply the networks' corrections, in units of the box; later stages count the last pixel too."""
        _, size = self.corner_and_size(boxes.edges, 1.0 if whole_pixels else 0.0)
        twice = self.op("Concat", size, size, axis=1)
        edges = self.op("Add", boxes.edges, self.op("Mul", boxes.shift, twice))
        return _Boxes(edges, boxes.scores, boxes.picture, boxes.shift)

    def square(self, boxes: _Boxes) -> _Boxes:
        low, size = self.corner_and_size(boxes.edges, 0.0)
        longest = self.op("ReduceMax", size, axes=[1], keepdims=1)
        slack = self.op("Mul", self.op("Sub", size, longest), self.number(0.5))
        low = self.op("Add", low, slack)
        edges = self.op("Concat", low, self.op("Add", low, longest), axis=1)
        return _Boxes(edges, boxes.scores, boxes.picture, boxes.shift)

    def crops(self, boxes: _Boxes, side: int) -> str:
        """The candidates' squares within the picture, area-averaged to (k, 3, side, side)."""
        corner = self.graph.constant(np.array([1, 1, 0, 0], np.float32))
        edges = self.op("Sub", self.op("Floor", boxes.edges), corner)
        edges = self.op("Max", self.op("Min", edges, self.extent), self.number(0))
        return self.op(
            "RoiAlign",
            self.planes,
            edges,
            boxes.picture,
            output_height=side,
            output_width=side,
            sampling_ratio=0,
            spatial_scale=1.0,
            coordinate_transformation_mode="half_pixel",
        )
