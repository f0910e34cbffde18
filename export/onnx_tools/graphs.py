"""Edit finished ONNX graphs: loose dimensions, pictures as input, weights at half the size, metadata."""

import json
from collections.abc import Container, Mapping, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from export.onnx_tools.builder import IR_VERSION

# ITU-R BT.601 luma, the weights of OpenCV's RGB -> grey conversion.
LUMA = (0.299, 0.587, 0.114)


def free_initializers(model: onnx.ModelProto) -> None:
    """Take initializers off the graph's inputs: while they are inputs, onnxruntime must not fold them."""
    constants = {tensor.name for tensor in model.graph.initializer}
    kept = [value for value in model.graph.input if value.name not in constants]
    del model.graph.input[:]
    model.graph.input.extend(kept)


def loosen(model: onnx.ModelProto, names: Mapping[int, str]) -> None:
    """Make the given axes of every input and output dynamic, and forget inferred shapes in between.

    `names` maps an axis to the name of its dimension, such as {0: "batch"}.
    """
    for value in [*model.graph.input, *model.graph.output]:
        for axis, dimension in enumerate(value.type.tensor_type.shape.dim):
            if axis in names:
                dimension.Clear()
                dimension.dim_param = names[axis]
    del model.graph.value_info[:]


def take_pictures(
    model: onnx.ModelProto,
    size: tuple[int | str, int | str],
    mean: Sequence[float],
    std: Sequence[float],
    *,
    grey: bool = False,
    channels_first: bool = True,
) -> None:
    """Put `image`, uint8 (batch, height, width, 3) RGB, before the model's only input.

    The model sees (x - mean) / std, float32; `mean` and `std` hold three numbers, or one when `grey` (the picture
    is then reduced to its BT.601 luma first). `size` is (height, width).
    """
    (old,) = model.graph.input
    prefix = "picture_"
    constants: list[onnx.TensorProto] = []

    def constant(name: str, values: Sequence[float] | Sequence[int]) -> str:
        dtype = np.int64 if isinstance(values[0], int) else np.float32
        constants.append(numpy_helper.from_array(np.asarray(values, dtype), prefix + name))
        return prefix + name

    nodes = [helper.make_node("Cast", ["image"], [prefix + "float"], to=TensorProto.FLOAT)]
    last = prefix + "float"
    if grey:
        nodes.append(helper.make_node("MatMul", [last, prefix + "luma"], [prefix + "grey"]))
        constants.append(numpy_helper.from_array(np.asarray(LUMA, np.float32).reshape(3, 1), prefix + "luma"))
        last = prefix + "grey"
    nodes.append(
        helper.make_node("Sub", [last, constant("mean", list(map(float, mean)))], [prefix + "centred"])
    )
    nodes.append(
        helper.make_node(
            "Mul", [prefix + "centred", constant("gain", [1.0 / s for s in std])], [prefix + "scaled"]
        )
    )
    last = prefix + "scaled"
    if channels_first:
        nodes.append(helper.make_node("Transpose", [last], [prefix + "planes"], perm=[0, 3, 1, 2]))
        last = prefix + "planes"
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            if name == old.name:
                node.input[index] = last
    kept = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *kept])
    model.graph.initializer.extend(constants)
    del model.graph.input[:]
    model.graph.input.append(helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", *size, 3]))


def normalise(model: onnx.ModelProto, raw: str, name: str) -> None:
    """Replace the output `raw` (batch, d) by `name`, the same at L2 norm 1 (a zero vector stays zero)."""
    model.graph.initializer.append(numpy_helper.from_array(np.asarray(1e-12, np.float32), "tiny"))
    model.graph.node.extend(
        [
            helper.make_node("ReduceL2", [raw], ["norm"], axes=[1], keepdims=1),
            helper.make_node("Max", ["norm", "tiny"], ["safe_norm"]),
            helper.make_node("Div", [raw, "safe_norm"], [name]),
        ]
    )
    model.graph.output[0].name = name


def halve_weights(model: onnx.ModelProto, smallest: int = 256, only: Container[str] | None = None) -> None:
    """Store float32 weights of at least `smallest` numbers as float16, with a Cast that onnxruntime folds at load.

    Arithmetic stays in float32. Weights beyond float16's range are left as they are, and all but `only`, if given.
    """
    casts, tensors = [], []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        large = values.dtype == np.float32 and values.size >= smallest
        left = only is not None and tensor.name not in only
        if not large or left or np.abs(values).max() > np.finfo(np.float16).max:
            tensors.append(tensor)
            continue
        half = tensor.name + "_half"
        tensors.append(numpy_helper.from_array(values.astype(np.float16), half))
        casts.append(helper.make_node("Cast", [half], [tensor.name], to=TensorProto.FLOAT))
    kept = list(model.graph.node)
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend([*casts, *kept])
    model.graph.initializer.extend(tensors)


def fuse_prelu(model: onnx.ModelProto) -> None:
    """Replace relu(x) + c * (x - |x|), as TensorFlow 1 wrote it, by PRelu with the slope 2c: one pass instead of five."""
    makers = {node.output[0]: node for node in model.graph.node}
    values = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        found = _prelu_of(node, makers, values)
        if found is None:
            continue
        source, coefficient = found
        slope = 2 * numpy_helper.to_array(values[coefficient]).reshape(-1, 1, 1)
        model.graph.initializer.append(numpy_helper.from_array(slope, f"{node.output[0]}_slope"))
        node.CopyFrom(helper.make_node("PRelu", [source, f"{node.output[0]}_slope"], list(node.output)))
    drop_unused(model)


def _prelu_of(
    node: onnx.NodeProto, makers: Mapping[str, onnx.NodeProto], values: Mapping[str, onnx.TensorProto]
) -> tuple[str, str] | None:
    """(x, c) when `node` is the sum of relu(x) and c * (x - |x|)."""
    parts = [makers.get(name) for name in node.input]
    if node.op_type != "Add" or [part.op_type if part else "" for part in parts] != ["Relu", "Mul"]:
        return None
    relu, product = (makers[name] for name in node.input)
    coefficient, difference = product.input
    x = relu.input[0]
    subtraction = makers.get(difference)
    if coefficient not in values or subtraction is None or subtraction.op_type != "Sub":
        return None
    modulus = makers.get(subtraction.input[1])
    same = (
        subtraction.input[0] == x
        and modulus is not None
        and modulus.op_type == "Abs"
        and modulus.input[0] == x
    )
    return (x, coefficient) if same else None


def drop_unused(model: onnx.ModelProto) -> None:
    """Remove nodes and weights that no output depends on."""
    needed = {value.name for value in model.graph.output}
    kept: list[onnx.NodeProto] = []
    for node in reversed(model.graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    tensors = [tensor for tensor in model.graph.initializer if tensor.name in needed]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(reversed(kept))
    model.graph.initializer.extend(tensors)


def describe(model: onnx.ModelProto, properties: Mapping[str, object]) -> None:
    """Write `hexaface.<key>` for each property (strings as they are, all else as JSON), keeping other entries."""
    known = {entry.key: entry.value for entry in model.metadata_props}
    for key, value in properties.items():
        known[f"hexaface.{key}"] = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    helper.set_model_props(model, known)


def finish(model: onnx.ModelProto) -> onnx.ModelProto:
    """Check the edited model and set the IR version that serving supports."""
    model.ir_version = min(model.ir_version, IR_VERSION) or IR_VERSION
    model.producer_name = "hexaface-export"
    onnx.checker.check_model(model, full_check=True)
    return model
