"""Whether a face wears a mask: a 71 kB network for the classic 112-pixel crop, joined to attributes and embedder."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, compose, helper, numpy_helper

from export import card
from export.onnx_tools import graphs
from export.onnx_tools.mxnet_file import read_params, read_symbols
from export.onnx_tools.mxnet_graph import convert_mxnet
from export.packages import FetchError, digest

_FOLDER = Path(__file__).resolve().parent
_FILES = {
    "face_attributes_eighth_resmobile.params": "35b301e2",
    "face_attributes_eighth_resmobile-symbol.json": "eb89c62c",
}
SOURCE = "github ZhouKai90/face_attributes_mxnet @ 3313177d : model/eighth_resmobile-0001.params (beside the recipe)"
LICENCE = "mask: MIT, trained on its author's private data"
LABELS = ["none", "mask"]
SIDE = 112
WINDOW = (16, 16, 240, 240)
"""Of the chip: the classic 112-pixel crop, which the network was trained on."""
_LOGITS = 13  # gender 2, mask 2, glasses 3, mouth 3, eyes 3: only the mask was verified
_MASK = (2, 4)
_LAST = "fc1"


def mask_graph(window: Sequence[int] = WINDOW) -> onnx.ModelProto:
    """`image` uint8 (batch, 112, 112, 3), a `window` of the chip -> `mask` (batch, 2), the probability of none and of a mask.

    Raises FetchError.
    """
    params, symbols = (_checked(name) for name in _FILES)
    model = convert_mxnet(read_symbols(symbols), read_params(params), _LAST, SIDE, _LOGITS)
    graphs.take_pictures(model, (SIDE, SIDE), (0.0,) * 3, (1.0,) * 3)
    if tuple(window) != WINDOW:
        _look_closer(model, window)
    bounds = [
        numpy_helper.from_array(np.asarray([value], np.int64), f"mask_{i}")
        for i, value in enumerate((*_MASK, 1))
    ]
    model.graph.initializer.extend(bounds)
    model.graph.node.append(helper.make_node("Slice", [_LAST, *(b.name for b in bounds)], ["mask_logits"]))
    model.graph.node.append(helper.make_node("Softmax", ["mask_logits"], ["mask"], axis=1))
    del model.graph.output[:]
    model.graph.output.append(
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["batch", len(LABELS)])
    )
    return model


def with_mask(model: onnx.ModelProto) -> onnx.ModelProto:
    """`model`, which takes a window of the chip in 112 pixels, with the further output `mask`; as it is when it has that already."""
    if any(output.name == "mask" for output in model.graph.output):
        return model
    window = json.loads(card.properties(model)["window"])
    mask = compose.add_prefix(mask_graph(window), "mask/", rename_inputs=False, rename_outputs=False).graph
    result = onnx.ModelProto()
    result.CopyFrom(model)
    result.graph.node.extend(mask.node)
    result.graph.initializer.extend(mask.initializer)
    result.graph.output.extend(mask.output)
    facts = card.properties(model)
    labels = json.loads(facts.get("labels", "{}")) | {"mask": LABELS}
    licence = json.loads(facts["licence"])
    licence["weights"] += f"; {LICENCE}"
    graphs.describe(
        result, {"labels": labels, "licence": licence, "source": f"{facts['source']}; mask: {SOURCE}"}
    )
    return result


def _look_closer(model: onnx.ModelProto, window: Sequence[int]) -> None:
    """Cut the classic crop out of the wider `window` and enlarge it, before the network's first layer."""
    scale = SIDE / (window[2] - window[0])
    left, top, right, bottom = (round((WINDOW[i] - window[i % 2]) * scale) for i in range(4))
    constants: dict[str, NDArray[np.generic]] = {
        "closer_starts": np.asarray([top, left], np.int64),
        "closer_ends": np.asarray([bottom, right], np.int64),
        "closer_axes": np.asarray([2, 3], np.int64),
        "closer_scales": np.asarray([1, 1, SIDE / (bottom - top), SIDE / (right - left)], np.float32),
    }
    first = next(node for node in model.graph.node if graphs.PLANES in node.input)
    cut = helper.make_node(
        "Slice", [graphs.PLANES, "closer_starts", "closer_ends", "closer_axes"], ["closer_cut"]
    )
    enlarged = helper.make_node("Resize", ["closer_cut", "", "closer_scales"], ["closer"], mode="linear")
    first.input[list(first.input).index(graphs.PLANES)] = "closer"
    position = list(model.graph.node).index(first)
    model.graph.node.insert(position, enlarged)
    model.graph.node.insert(position, cut)
    model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())


def _checked(name: str) -> Path:
    path = _FOLDER / name
    if not digest(path).startswith(_FILES[name]):
        raise FetchError(f"{path} is not the pinned file")
    return path
