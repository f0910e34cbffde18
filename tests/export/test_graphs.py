"""Edits of graphs keep what the graph computes."""

import numpy as np
import onnx
import pytest

from export.onnx_tools import graphs
from export.onnx_tools.builder import GraphBuilder
from export.onnx_tools.sessions import Session

RNG = np.random.default_rng(3)


def scorer(weights: np.ndarray) -> onnx.ModelProto:
    """`planes` (batch, c, 4, 4) -> `score` (batch, k)."""
    graph = GraphBuilder()
    planes = graph.input("planes", np.float32, ["batch", weights.shape[0] // 16, 4, 4])
    flat = graph.op("Reshape", planes, graph.constant([0, -1]))
    graph.output(
        "score", graph.op("MatMul", flat, graph.constant(weights)), np.float32, ["batch", weights.shape[1]]
    )
    return graph.model("scorer")


def test_a_picture_input_computes_the_same_as_normalising_by_hand() -> None:
    weights = RNG.normal(size=(48, 5)).astype(np.float32)
    picture = RNG.integers(0, 256, (2, 4, 4, 3), np.uint8)
    mean, std = (123.0, 117.0, 104.0), (58.0, 57.0, 56.0)
    model = scorer(weights)
    graphs.take_pictures(model, (4, 4), mean, std)
    by_hand = ((picture - np.float32(mean)) / np.float32(std)).transpose(0, 3, 1, 2).reshape(2, -1) @ weights
    np.testing.assert_allclose(
        by_hand, Session(graphs.finish(model))({"image": picture})["score"], rtol=1e-4, atol=1e-4
    )


def test_a_grey_model_sees_the_luma_of_the_picture() -> None:
    weights = RNG.normal(size=(16, 2)).astype(np.float32)
    picture = RNG.integers(0, 256, (1, 4, 4, 3), np.uint8)
    model = scorer(weights)
    graphs.take_pictures(model, (4, 4), (127.5,), (127.5,), grey=True)
    luma = picture @ np.asarray([0.299, 0.587, 0.114], np.float32)
    by_hand = ((luma - 127.5) / 127.5).reshape(1, -1) @ weights
    np.testing.assert_allclose(
        by_hand, Session(graphs.finish(model))({"image": picture})["score"], rtol=1e-4, atol=1e-4
    )


def test_halved_weights_take_half_the_room_and_change_answers_by_their_rounding_only() -> None:
    weights = RNG.normal(size=(48, 500)).astype(np.float32)
    planes = RNG.normal(size=(1, 3, 4, 4)).astype(np.float32)
    model = scorer(weights)
    whole, before = model.ByteSize(), Session(model)({"planes": planes})["score"]
    graphs.halve_weights(model)
    assert model.ByteSize() < 0.55 * whole
    expected = planes.reshape(1, -1) @ weights.astype(np.float16).astype(np.float32)
    after = Session(graphs.finish(model))({"planes": planes})["score"]
    np.testing.assert_allclose(expected, after, rtol=1e-4, atol=1e-4)
    assert not np.array_equal(before, after)


def test_weights_beyond_float16_stay_whole() -> None:
    weights = np.full((48, 10), 1e6, np.float32)
    model = scorer(weights)
    graphs.halve_weights(model)
    assert {onnx.TensorProto.FLOAT, onnx.TensorProto.INT64} == {t.data_type for t in model.graph.initializer}


def test_tensorflows_spelling_of_prelu_becomes_one_operator_with_the_same_answer() -> None:
    graph = GraphBuilder()
    x = graph.input("x", np.float32, ["batch", 3, 2, 2])
    coefficient = graph.constant(np.asarray([0.1, -0.2, 0.3], np.float32).reshape(1, 3, 1, 1))
    negative = graph.op("Mul", coefficient, graph.op("Sub", x, graph.op("Abs", x)))
    graph.output("y", graph.op("Add", graph.op("Relu", x), negative), np.float32, ["batch", 3, 2, 2])
    model = graph.model("prelu")
    values = RNG.normal(size=(2, 3, 2, 2)).astype(np.float32)
    before = Session(model)({"x": values})["y"]
    graphs.fuse_prelu(model)
    assert [node.op_type for node in model.graph.node] == ["PRelu", "Identity"]
    np.testing.assert_allclose(before, Session(graphs.finish(model))({"x": values})["y"], atol=1e-6)


def test_initializers_leave_the_inputs_and_dimensions_become_dynamic() -> None:
    model = scorer(RNG.normal(size=(48, 5)).astype(np.float32))
    for tensor in model.graph.initializer:
        model.graph.input.append(
            onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
        )
    graphs.free_initializers(model)
    graphs.loosen(model, {0: "items"})
    assert [value.name for value in model.graph.input] == ["planes"]
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "items"


def test_metadata_is_written_under_our_prefix_and_keeps_what_was_there() -> None:
    model = scorer(RNG.normal(size=(48, 5)).astype(np.float32))
    graphs.describe(model, {"task": "emotion"})
    graphs.describe(model, {"labels": {"emotion": ["happy"]}})
    found = {entry.key: entry.value for entry in model.metadata_props}
    assert found == {"hexaface.task": "emotion", "hexaface.labels": '{"emotion": ["happy"]}'}


def test_a_model_that_reads_two_inputs_cannot_take_a_picture() -> None:
    graph = GraphBuilder()
    names = [graph.input(name, np.float32, ["batch", 3]) for name in ("a", "b")]
    graph.output("sum", graph.op("Add", *names), np.float32, ["batch", 3])
    with pytest.raises(ValueError, match="unpack"):
        graphs.take_pictures(graph.model("two"), (1, 1), (0.0,) * 3, (1.0,) * 3)
