"""Fuse chip -> 478-point mesh -> 15 points and 52 blendshapes into one graph.

The mesh net wants a square of about 1.5 times the face's height: 296 chip pixels around (128, 153). That is more than
the chip, whose border is therefore repeated inside the graph: measured on HELEN, that costs 0.01 points of NME.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, compose, helper

from contracts.chips import CHIP_SIZE
from export.keypoints.labels import BLENDSHAPE_INPUTS, BLENDSHAPES
from export.keypoints.source import BLENDSHAPES_NET, MESH_NET, convert
from export.onnx_tools.builder import GraphBuilder

MESH_POINTS = 478
NAMED_POINTS = 15
NET_SIZE = 256
WINDOW = (-20, 5, 276, 301)
"""What the mesh net sees: x0, y0, x1, y1 in chip pixels (edges); beyond the chip its border is repeated."""
SEEN_AT, _SEEN_SHAPE = "mesh/prelu184", (128, 4, 4)
"""What the mesh net makes of the picture before it says where points are: its last layer that still knows places."""
SEEN = int(np.prod(_SEEN_SHAPE))
_SIDE = WINDOW[2] - WINDOW[0]
_SCALE = _SIDE / NET_SIZE  # chip pixels per pixel of the net


def fuse(matrix: NDArray[np.float64], offset: NDArray[np.float64]) -> onnx.ModelProto:
    """The whole graph; `matrix` and `offset` (30,) lead to the 15 points' x, y.

    They lead from the mesh's x, y, when `matrix` is (956, 30); from these and what the net saw, when it is (3004, 30).

    `image` uint8 (n, 256, 256, 3) -> `mesh` (n, 478, 3) in chip pixels, `presence` (n,) probability,
    `points` (n, 15, 2) in chip pixels, `blendshapes` (n, 52).
    """
    mesh_net = compose.add_prefix(convert(MESH_NET, {"Identity": "raw", "Identity_1": "logit"}), "mesh/")
    shapes_net = compose.add_prefix(convert(BLENDSHAPES_NET, {"StatefulPartitionedCall:0": "raw"}), "shapes/")
    model = compose.merge_models(window_graph(), mesh_net, [("window", "mesh/input")])
    geometry = _geometry(matrix, offset)
    joints = [("mesh/raw", "raw"), ("mesh/logit", "logit")]
    if len(matrix) > 2 * MESH_POINTS:
        _show(model, SEEN_AT)
        joints.append((SEEN_AT, "seen"))
    model = compose.merge_models(model, geometry, joints)
    model = compose.merge_models(model, shapes_net, [("selected", "shapes/input")])
    return compose.merge_models(model, _blendshapes(), [("shapes/raw", "scores")])


def draft() -> onnx.ModelProto:
    """The graph before anything is fitted, with the further output `seen` (n, 2048)."""
    model = fuse(np.zeros((2 * MESH_POINTS, 2 * NAMED_POINTS)), np.zeros(2 * NAMED_POINTS))
    shape = helper.make_node("Constant", [], ["flat"], value_ints=[-1, SEEN])
    model.graph.node.extend([shape, helper.make_node("Reshape", [SEEN_AT, "flat"], ["seen"])])
    model.graph.output.append(helper.make_tensor_value_info("seen", TensorProto.FLOAT, ["batch", SEEN]))
    return model


def _show(model: onnx.ModelProto, name: str) -> None:
    """Make an inner value of the mesh net an output."""
    model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *_SEEN_SHAPE]))


def window_graph() -> onnx.ModelProto:
    """Chip -> the mesh net's picture, float (n, 256, 256, 3) in 0..1."""
    graph = GraphBuilder()
    chip = graph.input("image", np.uint8, ["batch", CHIP_SIZE, CHIP_SIZE, 3])
    planes = graph.op("Transpose", graph.op("Cast", chip, to=TensorProto.FLOAT), perm=[0, 3, 1, 2])
    x0, y0, x1, y1 = WINDOW
    # A negative amount crops: the window leaves out the chip's top rows.
    amounts = graph.constant([0, 0, -y0, -x0, 0, 0, y1 - CHIP_SIZE, x1 - CHIP_SIZE])
    padded = graph.op("Pad", planes, amounts, mode="edge")
    scales = graph.constant([1.0, 1.0, 1.0 / _SCALE, 1.0 / _SCALE])
    resized = graph.op(
        "Resize", padded, "", scales, mode="linear", coordinate_transformation_mode="half_pixel"
    )
    scaled = graph.op("Mul", resized, graph.constant(1.0 / 255.0))
    window = graph.op("Transpose", scaled, perm=[0, 2, 3, 1])
    graph.output("window", window, np.float32, ["batch", NET_SIZE, NET_SIZE, 3])
    return _inside(graph.model("window"), "window/")


def _geometry(matrix: NDArray[np.float64], offset: NDArray[np.float64]) -> onnx.ModelProto:
    """The mesh net's numbers -> mesh in chip pixels, presence, named points, and the blendshape net's input."""
    graph = GraphBuilder()
    raw = graph.input("raw", np.float32, ["batch", 1, 1, 3 * MESH_POINTS])
    logit = graph.input("logit", np.float32, ["batch", 1, 1, 1])
    net = graph.op("Reshape", raw, graph.constant([-1, MESH_POINTS, 3]))
    # An integer is the centre of a pixel, in the net's picture as in the chip; z has x's scale and no origin.
    shift = [0.5 * _SCALE + WINDOW[0] - 0.5, 0.5 * _SCALE + WINDOW[1] - 0.5, 0.0]
    mesh = graph.op("Add", graph.op("Mul", net, graph.constant(_SCALE)), graph.constant(shift))
    plane = graph.op("Slice", mesh, *(graph.constant(v) for v in ([0], [2], [2])))
    flat = graph.op("Reshape", plane, graph.constant([-1, 2 * MESH_POINTS]))
    if len(matrix) > 2 * MESH_POINTS:
        seen = graph.input("seen", np.float32, ["batch", *_SEEN_SHAPE])
        flat = graph.op("Concat", flat, graph.op("Reshape", seen, graph.constant([-1, SEEN])), axis=1)
    moved = graph.op("MatMul", flat, graph.constant(matrix.astype(np.float32)))
    points = graph.op("Add", moved, graph.constant(offset.astype(np.float32)))
    selected = graph.op("Gather", plane, graph.constant(list(BLENDSHAPE_INPUTS)), axis=1)
    presence = graph.op("Sigmoid", graph.op("Reshape", logit, graph.constant([-1])))
    named = graph.op("Reshape", points, graph.constant([-1, NAMED_POINTS, 2]))
    graph.output("mesh", mesh, np.float32, ["batch", MESH_POINTS, 3])
    graph.output("presence", presence, np.float32, ["batch"])
    graph.output("points", named, np.float32, ["batch", NAMED_POINTS, 2])
    graph.output("selected", selected, np.float32, ["batch", len(BLENDSHAPE_INPUTS), 2])
    return _inside(graph.model("geometry"), "geometry/")


def _blendshapes() -> onnx.ModelProto:
    graph = GraphBuilder()
    scores = graph.input("scores", np.float32, ["batch", len(BLENDSHAPES)])
    graph.output("blendshapes", scores, np.float32, ["batch", len(BLENDSHAPES)])
    return _inside(graph.model("blendshapes"), "blendshapes/")


def _inside(part: onnx.ModelProto, prefix: str) -> onnx.ModelProto:
    """A part whose inner names cannot clash with another's."""
    renamed: onnx.ModelProto = compose.add_prefix(part, prefix, rename_inputs=False, rename_outputs=False)
    return renamed
