"""Replace Pads, which take a picture out of onnxruntime's blocked layout, by what stays in it."""

import numpy as np
import onnx
from onnx import helper

from export.onnx_tools.wiring import PICTURE_AXES, Wiring

_SPATIAL = 2  # the first spatial axis of (n, channels, height, width)
_KEEP_CHANNELS = {"Add", "AveragePool", "MaxPool", "Pad", "PRelu", "Relu"}


def pads_into_convolutions(model: onnx.ModelProto) -> None:
    """Zeros around a picture become the padding of the convolutions that read it."""
    wiring = Wiring(model)
    folded: dict[str, tuple[str, list[int]]] = {}

    def rewrite(node: onnx.NodeProto) -> list[onnx.NodeProto] | None:
        if node.op_type == "Conv" and node.input[0] in folded:
            node.input[0], amounts = folded[node.input[0]]
            _widen(node, amounts)
            return None
        begins, ends = _pad(node, wiring, b"constant")
        spatial = bool(begins) and begins[:_SPATIAL] == ends[:_SPATIAL] == [0, 0]
        if not spatial or min(begins + ends) < 0 or not wiring.only_convolutions_read(node.output[0]):
            return None
        if any(_pads_itself(reader) for reader in wiring.readers[node.output[0]]):
            return None
        folded[node.output[0]] = node.input[0], begins[_SPATIAL:] + ends[_SPATIAL:]
        return []

    wiring.replace(rewrite)


def channel_pads_as_convolutions(model: onnx.ModelProto) -> None:
    """Channels of zeros behind a convolution's become a 1x1 convolution, which stays in the blocked layout."""
    wiring = Wiring(model)

    def rewrite(node: onnx.NodeProto) -> list[onnx.NodeProto] | None:
        begins, ends = _pad(node, wiring, b"constant")
        channels = _channels(node.input[0], wiring) if begins else None
        if channels is None or any(begins) or ends[1] <= 0 or ends[0] or any(ends[_SPATIAL:]):
            return None
        widened = np.eye(channels + ends[1], channels, dtype=np.float32).reshape(-1, channels, 1, 1)
        weights = wiring.constant(f"{node.output[0]}_by", widened)
        return [helper.make_node("Conv", [node.input[0], weights], list(node.output), kernel_shape=[1, 1])]

    wiring.replace(rewrite)


def edge_pads_as_copies(model: onnx.ModelProto) -> None:
    """A repeated border is cut, expanded and joined: three times as fast as onnxruntime's Pad of a chip."""
    wiring = Wiring(model)

    def rewrite(node: onnx.NodeProto) -> list[onnx.NodeProto] | None:
        begins, ends = _pad(node, wiring, b"edge")
        if not begins:
            return None
        nodes: list[onnx.NodeProto] = []
        name = node.input[0]
        for axis, (before, after) in enumerate(zip(begins, ends, strict=True)):
            if before or after:
                name = _extend(wiring, nodes, name, f"{node.output[0]}_{axis}", (axis, before, after))
        nodes.append(helper.make_node("Identity", [name], list(node.output)))
        return nodes

    wiring.replace(rewrite)


def _extend(
    wiring: Wiring, nodes: list[onnx.NodeProto], source: str, prefix: str, amounts: tuple[int, int, int]
) -> str:
    """Crop (negative amounts) or repeat the edge along an axis; gives the result's name."""
    axis, before, after = amounts

    def cut(name: str, start: int, stop: int) -> str:
        bounds = [
            wiring.constant(f"{prefix}_{name}{i}", np.asarray([value], np.int64))
            for i, value in enumerate((start, stop, axis))
        ]
        nodes.append(helper.make_node("Slice", [source, *bounds], [f"{prefix}_{name}"]))
        return f"{prefix}_{name}"

    def repeated(edge: str, times: int) -> str:
        shape = np.ones(PICTURE_AXES, np.int64)
        shape[axis] = times
        nodes.append(
            helper.make_node("Expand", [edge, wiring.constant(f"{edge}_shape", shape)], [f"{edge}_many"])
        )
        return f"{edge}_many"

    whole = np.iinfo(np.int64).max
    if before < 0 or after < 0:
        source = cut("inner", max(-before, 0), min(after, 0) or whole)
    parts = [source]
    if before > 0:
        parts.insert(0, repeated(cut("first", 0, 1), before))
    if after > 0:
        parts.append(repeated(cut("last", -1, whole), after))
    nodes.append(helper.make_node("Concat", parts, [f"{prefix}_joined"], axis=axis))
    return f"{prefix}_joined"


def _pad(node: onnx.NodeProto, wiring: Wiring, mode: bytes) -> tuple[list[int], list[int]]:
    """What a Pad of a picture adds before and after each axis; empty lists for anything else."""
    found = next((a.s for a in node.attribute if a.name == "mode"), b"constant")
    if node.op_type != "Pad" or found != mode:
        return [], []
    amounts = wiring.constants.get(node.input[1])
    value = node.input[2] if len(node.input) > _SPATIAL else ""
    zero = not value or (value in wiring.constants and not np.any(wiring.constants[value]))
    if amounts is None or amounts.size != 2 * PICTURE_AXES or not zero:
        return [], []
    both = [int(amount) for amount in amounts]
    return both[:PICTURE_AXES], both[PICTURE_AXES:]


def _pads_itself(convolution: onnx.NodeProto) -> bool:
    """Whether a convolution chooses its padding by its input's size."""
    return any(a.name == "auto_pad" and a.s not in {b"NOTSET", b"VALID"} for a in convolution.attribute)


def _widen(convolution: onnx.NodeProto, amounts: list[int]) -> None:
    """Add (top, left, bottom, right) to the padding of a convolution."""
    before = [0] * len(amounts)
    for attribute in list(convolution.attribute):
        before = list(attribute.ints) if attribute.name == "pads" else before
        if attribute.name in {"pads", "auto_pad"}:
            convolution.attribute.remove(attribute)
    convolution.attribute.append(
        helper.make_attribute("pads", [a + b for a, b in zip(amounts, before, strict=True)])
    )


def _channels(name: str, wiring: Wiring) -> int | None:
    """How many channels a value has, seen through sums, pools and pads from the convolution before them."""
    node = wiring.makers.get(name)
    if node is None:
        return None
    if node.op_type == "Conv":
        weights = wiring.constants.get(node.input[1])
        return None if weights is None else int(weights.shape[0])
    before = _channels(node.input[0], wiring) if node.op_type in _KEEP_CHANNELS else None
    if node.op_type == "Pad" and before is not None:
        begins, ends = _pad(node, wiring, b"constant")
        return before + begins[1] + ends[1] if begins else None
    return before
