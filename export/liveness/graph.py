"""The networks in one graph: crops of a face with more or less of its surroundings in, one probability out."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import onnx
from onnx import compose, helper, numpy_helper

from export.liveness import minifasnet
from export.onnx_tools import graphs
from export.onnx_tools.builder import GraphBuilder
from export.onnx_tools.legacy_checkpoint import read_legacy_checkpoint
from export.repositories import RepositoryFile

_SILENT = ("minivision-ai/Silent-Face-Anti-Spoofing", "b6d5f04a")
_FOLDER = "resources/anti_spoof_models"
NEAR = RepositoryFile(
    *_SILENT,
    f"{_FOLDER}/2.7_80x80_MiniFASNetV2.pth",
    "a5eb02e1843f19b5386b953cc4c9f011c3f985d0ee2bb9819eea9a142099bec0",
)
WIDE = RepositoryFile(
    *_SILENT,
    f"{_FOLDER}/4_0_0_80x80_MiniFASNetV1SE.pth",
    "84ee1d37d96894d5e82de5a57df044ef80a58be2b218b5ed7cdfd875ec2f5990",
)
SQUARE = RepositoryFile(
    "johnraivenolazo/face-antispoof-onnx",
    "2b9830bb",
    "models/best/98.20/best_model.onnx",
    "af2381b88f38769222ed93379e12444e2a50814575de1c46170de570c55a42b6",
    kept="antispoof_minifas_128.onnx",
)
SQUARE_SIDE = 128

TRIO = MappingProxyType({"near": 0.25, "wide": 0.25, "square": 0.5})
PAIR = MappingProxyType({"near": 0.5, "wide": 0.5})
"""Without the third network, which learnt from CelebA-Spoof."""


def build(shares: Mapping[str, float] = TRIO) -> onnx.ModelProto:
    """`near`, `wide` uint8 (n, 80, 80, 3) and `square` uint8 (n, 128, 128, 3), RGB -> `real` float32 (n,).

    `shares`: how much each network counts, by its input; one that is not named is left out.
    """
    networks = {
        "near": lambda: _silent(NEAR),
        "wide": lambda: _silent(WIDE),
        "square": _square,
    }
    first, *others = (_part(name, networks[name]()) for name in shares)
    model = first
    for other in others:
        model = compose.merge_models(model, other, io_map=[])
    mean = GraphBuilder()
    real, *parts = (
        mean.op("Mul", mean.input(f"{name}_in", np.float32, ["batch"]), mean.constant(share))
        for name, share in shares.items()
    )
    for part in parts:
        real = mean.op("Add", real, part)
    mean.output("real", real, np.float32, ["batch"])
    joined = [(f"{name}/real", f"{name}_in") for name in shares]
    return compose.merge_models(
        model,
        compose.add_prefix(mean.model("mean"), "mean/", rename_inputs=False, rename_outputs=False),
        io_map=joined,
    )


def _silent(file: RepositoryFile) -> onnx.ModelProto:
    """BGR 0..255 in, `real` out."""
    model = minifasnet.build(read_legacy_checkpoint(file.find()))
    swap_colours(model)
    graphs.take_pictures(model, (minifasnet.SIDE,) * 2, (0.0,) * 3, (1.0,) * 3)
    _pick(model, "probabilities", minifasnet.REAL)
    return model


def _square() -> onnx.ModelProto:
    """RGB 0..1 in, logits (real, spoof) out."""
    model = onnx.load(SQUARE.find())
    model.ir_version = 9
    graphs.free_initializers(model)
    model.graph.node.append(
        helper.make_node("Softmax", [model.graph.output[0].name], ["probabilities"], axis=1)
    )
    model.graph.output[0].name = "probabilities"
    graphs.loosen(model, {0: "batch"})
    graphs.take_pictures(model, (SQUARE_SIDE,) * 2, (0.0,) * 3, (255.0,) * 3)
    _pick(model, "probabilities", 0)
    return onnx.version_converter.convert_version(model, 17)


def swap_colours(model: onnx.ModelProto) -> None:
    """Let a graph that wants BGR take RGB: the first convolution's input channels change places."""
    first = next(node for node in model.graph.node if node.op_type == "Conv")
    for tensor in model.graph.initializer:
        if tensor.name == first.input[1]:
            values = numpy_helper.to_array(tensor)[:, ::-1]
            tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), tensor.name))


def _pick(model: onnx.ModelProto, output: str, column: int) -> None:
    """Replace the output (batch, classes) by `real` (batch,), one of its columns."""
    model.graph.initializer.append(numpy_helper.from_array(np.asarray(column, np.int64), "real_column"))
    model.graph.node.append(helper.make_node("Gather", [output, "real_column"], ["real"], axis=1))
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info("real", onnx.TensorProto.FLOAT, ["batch"]))


def _part(name: str, model: onnx.ModelProto) -> onnx.ModelProto:
    """A network whose input `image` is called `name`, and everything else in it `name/...`."""
    prefixed: onnx.ModelProto = compose.add_prefix(model, f"{name}/", rename_inputs=False)
    for node in prefixed.graph.node:
        for place, source in enumerate(node.input):
            if source == "image":
                node.input[place] = name
    prefixed.graph.input[0].name = name
    return prefixed
