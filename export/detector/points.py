"""The second look at a face's landmarks as a graph: gradients by direction and cell, then a perceptron.

The features are those of Dalal & Triggs, "Histograms of Oriented Gradients for Human Detection" (CVPR 2005), without
their blocks' overlap; regressing landmarks from them is the first step of Xiong & De la Torre, "Supervised Descent
Method and its Applications to Face Alignment" (CVPR 2013).
"""

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from contracts.chips import CHIP_SIZE, TEMPLATE
from export.onnx_tools.builder import GraphBuilder
from export.onnx_tools.graphs import LUMA
from services.detector.points import CROP_SIZE

Floats = NDArray[np.float32]

DIRECTIONS = 8
CELL = 4
"""Side of a cell, pixels of the crop."""
FLOOR = 2.0
"""Added to a cell's gradient before it divides, grey levels: noise on plain skin is none."""
LIGHT_FLOOR = 8.0
LIGHT_WEIGHT = 0.3
"""How much a cell's brightness counts beside its gradients."""

START = (np.array(TEMPLATE) + 0.5) * (CROP_SIZE / CHIP_SIZE)
"""Where the landmarks would lie in the crop if the detector were exact (5, 2), pixels, 0 at the edge."""


@dataclass(frozen=True)
class Perceptron:
    """One hidden layer on standardised features: `hidden` (f, h), `output` (h, 10), and their shifts."""

    hidden: Floats
    hidden_shift: Floats
    output: Floats
    output_shift: Floats


def sobel() -> Floats:
    """The gradient in each of the directions, (8, 3, 3)."""
    across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
    angles = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    return np.stack([np.cos(a) * across + np.sin(a) * across.T for a in angles]).astype(np.float32)


def features_graph() -> onnx.ModelProto:
    """`image` uint8 (batch, 48, 48, 3) RGB -> `features` (batch, 1296)."""
    graph = GraphBuilder()
    graph.output("features", _features(graph), np.float32, ["batch", _count()])
    return graph.model("points-features")


def build_graph(fitted: Perceptron) -> onnx.ModelProto:
    """`image` uint8 (batch, 48, 48, 3) RGB -> `landmarks` (batch, 5, 2), pixels of the crop, 0 at the edge."""
    graph = GraphBuilder()
    features = graph.op("Reshape", _features(graph), graph.constant([-1, _count(), 1, 1]))
    hidden = graph.op("Relu", _dense(graph, features, fitted.hidden, fitted.hidden_shift))
    shift = _dense(graph, hidden, fitted.output, fitted.output_shift)
    moved = graph.op("Add", shift, graph.constant(START.reshape(1, 10, 1, 1).astype(np.float32)))
    landmarks = graph.op("Reshape", moved, graph.constant([-1, 5, 2]))
    graph.output("landmarks", landmarks, np.float32, ["batch", 5, 2])
    return graph.model("points")


def _dense(graph: GraphBuilder, values: str, weights: Floats, shifts: Floats) -> str:
    """A fully connected layer as a convolution: it treats each face alone, so a batch answers exactly as one by one."""
    kernel = np.ascontiguousarray(weights.T)[:, :, None, None]
    return graph.op("Conv", values, graph.constant(kernel), graph.constant(shifts), kernel_shape=[1, 1])


def _count() -> int:
    return (DIRECTIONS + 1) * (CROP_SIZE // CELL) ** 2


def _features(graph: GraphBuilder) -> str:
    image = graph.input("image", np.uint8, ["batch", CROP_SIZE, CROP_SIZE, 3])
    planes = graph.op("Transpose", graph.op("Cast", image, to=TensorProto.FLOAT), perm=[0, 3, 1, 2])
    luma = graph.constant(np.asarray(LUMA, np.float32).reshape(1, 3, 1, 1))
    grey = graph.op("Conv", planes, luma, kernel_shape=[1, 1])
    padded = graph.op("Pad", grey, graph.constant([0, 0, 1, 1, 0, 0, 1, 1]), mode="edge")
    gradients = graph.op(
        "Relu", graph.op("Conv", padded, graph.constant(sobel()[:, None]), kernel_shape=[3, 3])
    )
    cells = _by_cell(graph, gradients)
    parts = graph.op("Concat", _normalised(graph, cells), _light(graph, _by_cell(graph, grey)), axis=1)
    return graph.op("Flatten", parts, axis=1)


def _by_cell(graph: GraphBuilder, planes: str) -> str:
    return graph.op("AveragePool", planes, kernel_shape=[CELL, CELL], strides=[CELL, CELL])


def _normalised(graph: GraphBuilder, cells: str) -> str:
    """The square root of each direction's share of what is around: the light's strength drops out."""
    energy = graph.op("ReduceSum", graph.op("Mul", cells, cells), graph.constant([1]), keepdims=1)
    around = graph.op("AveragePool", energy, kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=0)
    divisor = graph.op("Add", graph.op("Sqrt", around), graph.constant(FLOOR))
    return graph.op("Sqrt", graph.op("Div", cells, divisor))


def _light(graph: GraphBuilder, cells: str) -> str:
    centred = graph.op("Sub", cells, graph.op("ReduceMean", cells, axes=[2, 3], keepdims=1))
    spread = graph.op(
        "Sqrt", graph.op("ReduceMean", graph.op("Mul", centred, centred), axes=[2, 3], keepdims=1)
    )
    divisor = graph.op("Add", spread, graph.constant(LIGHT_FLOOR))
    return graph.op("Mul", graph.op("Div", centred, divisor), graph.constant(LIGHT_WEIGHT))
