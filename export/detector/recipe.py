"""The detectors and the second look at their landmarks: YuNet, which is the default, CenterFace, MTCNN, BlazeFace, points."""

from collections.abc import Callable

import onnx

from export.detector import blazeface_recipe, older, points_recipe
from export.detector.evaluation import evaluate
from export.detector.reference import sample
from export.detector.yunet import SHA256, SOURCE, build_graph
from export.detector.yunet_reference import parity
from export.onnx_tools import graphs
from export.packages import FetchError, digest
from export.recipe import Floor, Recipe

PROSE = """
YuNet-n (Wu, Peng & Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 20, 2023): 76
thousand weights of depthwise convolutions; per cell of 8x8, 16x16 and 32x32 input pixels the probability of a face, its
box and five landmarks. The published graph takes BGR; here its first convolution is turned round to take RGB, and what
decodes the cells is added: the graph answers with the best 1,024 of them, best first. Weights stay float32 (0.3 MB).

The service brings a photo to an input side by mode and looks at it as a close-up too when it found nothing for certain,
and looks at each face again for exact landmarks ([detector-points](detector-points.md)): YuNet's own are off by 8 % of
the distance of the eyes.

Known failures: faces under about 8 pixels of the network's input, faces on their head or lying, heavy occlusion,
drawings and animals now and then taken for faces. WIDER FACE, its training data, was gathered from the web; detection
rates differ by group and were not measured by group here.
"""


def build() -> onnx.ModelProto:
    """Check the published file, complete it, describe."""
    if digest(SOURCE) != SHA256:
        raise FetchError(f"{SOURCE.name} is not the published file")
    model = build_graph(SOURCE)
    graphs.describe(
        model,
        {
            "task": "detector",
            "name": "yunet",
            "version": "1.0.0",
            "licence": {
                "weights": "Apache-2.0 (ShiqiYu/libfacedetection.train)",
                "training_data": "WIDER FACE: CC BY-NC-ND 4.0, research use",
            },
            "training_data": "WIDER FACE (train)",
            "source": "github ShiqiYu/libfacedetection.train @ 0047ac24 : onnx/yunet_n_dynamic.onnx",
        },
    )
    return graphs.finish(model)


def yunet() -> Recipe:
    """The shipped recipe."""
    return Recipe(
        task="detector",
        build=build,
        sample=sample,
        evaluate=evaluate,
        parity=lambda model: parity(model, SOURCE),
        prose=PROSE,
        floors=(
            Floor("wider_recall_40px_balanced", at_least=0.9),
            Floor("wider_precision_balanced", at_least=0.9),
            Floor("found_lfw", at_least=0.995),
            Floor("found_fer2013", at_least=0.98),
        ),
        # Pixels: a box of 200 pixels moves by hundredths between kinds of processor.
        atol=0.5,
    )


SHIPPED = "yunet"
RECIPES: dict[str, Callable[[], Recipe]] = {
    "yunet": yunet,
    "centerface": older.centerface,
    "mtcnn": older.cascade,
    "blazeface": blazeface_recipe.blazeface,
    "points": points_recipe.look_again,
}
