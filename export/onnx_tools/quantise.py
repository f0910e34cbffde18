"""Run a graph's convolutions on 8-bit integers: static, one scale per output channel, activations measured on real faces."""

import logging
import tempfile
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from export.onnx_tools import graphs
from export.onnx_tools.lean import folded

# Convolutions and what stands between them, so that values stay 8-bit from the first convolution to the last.
_OPERATORS = ["Add", "AveragePool", "Concat", "Conv", "MaxPool", "Pad", "Relu"]


class _Pictures(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    """Feeds pictures one at a time."""

    def __init__(self, pictures: NDArray[np.uint8]) -> None:
        self._rest = iter(pictures)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """The next input, or None at the end."""
        picture = next(self._rest, None)
        return None if picture is None else {"image": picture[None]}


def quantise(model: onnx.ModelProto, pictures: NDArray[np.uint8]) -> onnx.ModelProto:
    """`model` with 8-bit convolutions; `pictures`: uint8 (n, height, width, 3), as its input `image` takes them.

    Weights use 7 of the 8 bits: processors without VNNI add two products in 16 bits, which then cannot overflow, so
    that every processor gives the same answers.
    """
    flat = folded(model)
    for index, node in enumerate(flat.graph.node):
        node.name = node.name or f"{node.op_type}_{index}"
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "float.onnx", Path(folder) / "integer.onnx"
        onnx.save(flat, source)
        logging.getLogger().setLevel(logging.ERROR)  # it advises a preparation that `folded` has done
        quantize_static(
            source,
            target,
            _Pictures(pictures),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=_OPERATORS,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        result = onnx.load(target)
    graphs.describe(result, {"arithmetic": "convolutions in 8-bit integers, the rest in float32"})
    return graphs.finish(result)


def is_quantised(model: onnx.ModelProto) -> bool:
    """Whether `quantise` made this graph."""
    return any(node.op_type == "QuantizeLinear" for node in model.graph.node)
