"""Rewritten graphs give the answers of the graphs they came from, without the operators that were slow."""

import json

import numpy as np
import onnx
import pytest

from export.onnx_tools import graphs
from export.onnx_tools.builder import GraphBuilder
from export.onnx_tools.lean import lean
from export.onnx_tools.quantise import is_quantised, quantise
from export.onnx_tools.sessions import Session

SIDE = 12


def random(*shape):
    return np.random.default_rng(sum(shape)).normal(0, 1, shape).astype(np.float32)


def graph(body):
    """A graph from `image` uint8 (batch, SIDE, SIDE, 3) through `body`, which gets planes and gives planes."""
    builder = GraphBuilder()
    image = builder.input("image", np.uint8, ["batch", SIDE, SIDE, 3])
    planes = builder.op("Transpose", builder.op("Cast", image, to=onnx.TensorProto.FLOAT), perm=[0, 3, 1, 2])
    centred = builder.op("Sub", planes, builder.constant(np.full((1, 3, 1, 1), 127.5, np.float32)))
    scaled = builder.op("Mul", centred, builder.constant(1 / 128))
    builder.output("answer", body(builder, scaled), np.float32, ["batch", "channels", "height", "width"])
    return builder.model("test")


def convolution(builder, source, outputs, inputs, side=1, **attributes):
    weights, bias = builder.constant(random(outputs, inputs, side, side)), builder.constant(random(outputs))
    return builder.op("Conv", source, weights, bias, kernel_shape=[side, side], **attributes)


def prelu(builder, planes):
    slopes = np.linspace(-4, 4, 16, dtype=np.float32).reshape(-1, 1, 1)
    bent = builder.op("PRelu", convolution(builder, planes, 16, 3), builder.constant(slopes))
    return convolution(builder, bent, 4, 16)


def padded(builder, planes):
    around = builder.op("Pad", planes, builder.constant([0, 0, 0, 1, 0, 0, 2, 0]))
    return convolution(builder, around, 16, 3, side=3, pads=[1, 0, 0, 1])


def widened(builder, planes):
    narrow = builder.op("Relu", convolution(builder, planes, 16, 3))
    wide = builder.op("Pad", narrow, builder.constant([0, 0, 0, 0, 0, 16, 0, 0]))
    return builder.op("Add", wide, convolution(builder, narrow, 32, 16))


def bordered(builder, planes):
    return builder.op("Pad", planes, builder.constant([0, 0, -2, 3, 0, 0, 4, 1]), mode="edge")


def twice_linear(builder, planes):
    return convolution(builder, convolution(builder, planes, 64, 3), 8, 64)


CASES = {
    "PRelu": prelu,
    "a pad before a convolution": padded,
    "channels of zeros": widened,
    "a repeated border": bordered,
    "two linear maps": twice_linear,
}


@pytest.fixture
def image():
    return np.random.default_rng(1).integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)


@pytest.mark.parametrize("name", CASES)
def test_a_lean_graph_answers_as_before_and_is_not_changed_again(name, image):
    model = graph(CASES[name])
    expected = Session(model)({"image": image})["answer"]

    found = lean(model)

    np.testing.assert_allclose(expected, Session(found)({"image": image})["answer"], rtol=1e-4, atol=1e-4)
    assert not {"PRelu", "Pad"} & {node.op_type for node in found.graph.node}
    again = lean(found)
    assert [node.op_type for node in found.graph.node] == [node.op_type for node in again.graph.node]


def test_two_linear_maps_become_one_convolution():
    found = lean(graph(twice_linear))

    assert [node.op_type for node in found.graph.node].count("Conv") == 1


def test_weights_that_were_halved_stay_halved(image):
    model = graph(twice_linear)
    graphs.halve_weights(model, smallest=64)
    expected = Session(model)({"image": image})["answer"]

    found = lean(model)

    np.testing.assert_allclose(expected, Session(found)({"image": image})["answer"], rtol=1e-4, atol=1e-4)


def test_metadata_survives():
    model = graph(prelu)
    graphs.describe(model, {"task": "emotion", "labels": {"emotion": ["happy"]}})

    entries = {entry.key: entry.value for entry in lean(model).metadata_props}

    assert json.loads(entries["hexaface.labels"]) == {"emotion": ["happy"]}


def test_integer_convolutions_answer_nearly_the_same(image):
    model = lean(graph(padded))
    expected = Session(model)({"image": image})["answer"]

    found = quantise(model, image)

    actual = Session(found)({"image": image})["answer"]
    assert is_quantised(found)
    assert not is_quantised(model)
    assert np.abs(expected - actual).max() < 0.05 * np.abs(expected).max()
