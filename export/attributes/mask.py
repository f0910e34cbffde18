"""Whether a face wears a mask: a 71 kB network that looks at the same 112-pixel crop as attributes and embedder."""

import json
from pathlib import Path

import numpy as np
import onnx
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
_LOGITS = 13  # gender 2, mask 2, glasses 3, mouth 3, eyes 3: only the mask was verified
_MASK = (2, 4)
_LAST = "fc1"


def mask_graph() -> onnx.ModelProto:
    """`image` uint8 (batch, 112, 112, 3) -> `mask` (batch, 2), the probability of none and of a mask. Raises FetchError."""
    params, symbols = (_checked(name) for name in _FILES)
    model = convert_mxnet(read_symbols(symbols), read_params(params), _LAST, SIDE, _LOGITS)
    graphs.take_pictures(model, (SIDE, SIDE), (0.0,) * 3, (1.0,) * 3)
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
    """`model`, which takes the same crop as `image`, with the further output `mask`; as it is when it has that already."""
    if any(output.name == "mask" for output in model.graph.output):
        return model
    mask = compose.add_prefix(mask_graph(), "mask/", rename_inputs=False, rename_outputs=False).graph
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


def _checked(name: str) -> Path:
    path = _FOLDER / name
    if not digest(path).startswith(_FILES[name]):
        raise FetchError(f"{path} is not the pinned file")
    return path
