"""Converted operators compute what TFLite's definition says, in either layout."""

from types import SimpleNamespace

import numpy as np
import pytest

from export.onnx_tools.sessions import Session
from export.onnx_tools.tflite_file import Operator, Tensor, TFLiteFile
from export.onnx_tools.tflite_graph import convert

RNG = np.random.default_rng(5)


def options(**values: object) -> SimpleNamespace:
    """An option table: the schema's accessors are methods."""
    return SimpleNamespace(**{name: (lambda v=value: v) for name, value in values.items()})


def chain(
    shape: tuple[int, ...], *steps: tuple[str, list[np.ndarray], tuple[int, ...], object]
) -> TFLiteFile:
    """Operators in a row; each takes the last result and its own constants. A step: kind, constants, shape, options."""
    tensors, operators = [Tensor("x", shape, None)], []
    last = 0
    for kind, constants, result, table in steps:
        first = len(tensors)
        tensors += [Tensor(f"c{first + i}", c.shape, c) for i, c in enumerate(constants)]
        inputs = (last, *range(first, first + len(constants)))
        last = len(tensors)
        tensors.append(Tensor(f"t{last}", result, None))
        operators.append(Operator(kind, inputs, (last,), table))
    return TFLiteFile(tuple(tensors), tuple(operators), (0,), (last,))


def run(file: TFLiteFile, x: np.ndarray) -> np.ndarray:
    name = file.tensors[file.outputs[0]].name
    return Session(convert(file, {name: "y"}))({"input": x})["y"]


CONV = options(
    StrideH=2,
    StrideW=2,
    DilationHFactor=1,
    DilationWFactor=1,
    Padding=0,
    FusedActivationFunction=1,
    DepthMultiplier=1,
)


def convolved(x: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """TFLite's SAME convolution, 3x3, stride 2, even side: one row and column of zeros at the end; then ReLU."""
    padded = np.pad(x, ((0, 0), (0, 1), (0, 1), (0, 0)))
    side = x.shape[1] // 2
    out = np.zeros((len(x), side, side, len(weights)))
    for i in range(side):
        for j in range(side):
            patch = padded[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
            out[:, i, j] = np.tensordot(patch, weights, ((1, 2, 3), (1, 2, 3))) + bias
    return np.maximum(out, 0)


def test_a_strided_same_convolution_with_fused_relu() -> None:
    weights, bias = RNG.normal(size=(5, 3, 3, 2)).astype(np.float32), RNG.normal(size=5).astype(np.float32)
    x = RNG.normal(size=(1, 8, 8, 2)).astype(np.float32)
    file = chain((1, 8, 8, 2), ("CONV_2D", [weights, bias], (1, 4, 4, 5), CONV))
    np.testing.assert_allclose(convolved(x, weights, bias), run(file, x), atol=1e-4)


def test_a_depthwise_convolution_keeps_channels_apart() -> None:
    weights = np.zeros((1, 3, 3, 2), np.float32)
    weights[0, 1, 1] = [2.0, -3.0]
    x = np.abs(RNG.normal(size=(1, 8, 8, 2))).astype(np.float32)
    file = chain((1, 8, 8, 2), ("DEPTHWISE_CONV_2D", [weights], (1, 4, 4, 2), CONV))
    expected = np.maximum(x[:, 1::2, 1::2] * [2.0, -3.0], 0)
    np.testing.assert_allclose(expected, run(file, x), atol=1e-5)


def test_per_channel_constants_meet_values_with_channels_first() -> None:
    weights, scale = np.ones((4, 1, 1, 3), np.float32), np.arange(1, 5, dtype=np.float32)
    x = np.abs(RNG.normal(size=(1, 4, 4, 3))).astype(np.float32)
    table = options(
        StrideH=1, StrideW=1, DilationHFactor=1, DilationWFactor=1, Padding=1, FusedActivationFunction=0
    )
    file = chain(
        (1, 4, 4, 3), ("CONV_2D", [weights], (1, 4, 4, 4), table), ("MUL", [scale], (1, 4, 4, 4), None)
    )
    np.testing.assert_allclose(x.sum(-1, keepdims=True) * scale, run(file, x), rtol=1e-5)


def test_a_batch_of_one_in_the_file_becomes_any_batch() -> None:
    file = chain((1, 2, 3), ("RESHAPE", [np.asarray([1, 6], np.int32)], (1, 6), None))
    x = RNG.normal(size=(5, 2, 3)).astype(np.float32)
    np.testing.assert_array_equal(x.reshape(5, 6), run(file, x))


def test_a_slice_that_drops_the_batch_of_one_keeps_it_here() -> None:
    bounds = [np.asarray(v, np.int32) for v in ([0, 1], [1, 3], [1, 1])]
    table = options(ShrinkAxisMask=1, BeginMask=0, EndMask=0)
    file = chain((1, 4), ("STRIDED_SLICE", bounds, (2,), table))
    x = RNG.normal(size=(3, 4)).astype(np.float32)
    np.testing.assert_array_equal(x[:, 1:3], run(file, x))


def test_an_unknown_operator_is_named() -> None:
    file = chain((1, 4), ("FFT", [], (1, 4), None))
    with pytest.raises(ValueError, match="FFT"):
        convert(file, {"t1": "y"})
