"""Another MobileFaceNet, from foamliu's repository: half the time of the packaged one, embeddings of 128 numbers.

Not shipped: it is the second embedder that a collection moves to, in the tests and by whoever prefers it.
"""

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray

from export import golden
from export.attributes.mask import with_mask
from export.embedder.evaluation import evaluate
from export.onnx_tools import graphs
from export.onnx_tools.lean import folded
from export.onnx_tools.legacy_checkpoint import read_legacy_checkpoint
from export.onnx_tools.sessions import Tensors
from export.onnx_tools.state_dict import StateDictGraph
from export.recipe import Floor, Parity, Recipe
from export.repositories import RepositoryFile

SOURCE = RepositoryFile(
    "foamliu/MobileFaceNet",
    "a6cc9032",
    "weights/mobilefacenet.pt",
    "90a00ba1d8b0b688af3deb731ed53dca582e6106805d1bc3cfdef55f570493f4",
    kept="foamliu_mobilefacenet.pt",
)
WINDOW = (16, 16, 240, 240)
SIDE, DIMENSIONS = 112, 128
# torchvision's normalisation of ImageNet, of RGB 0..255.
MEAN = tuple(255 * share for share in (0.485, 0.456, 0.406))
STD = tuple(255 * share for share in (0.229, 0.224, 0.225))
STAGES = ((5, 2), (1, 2), (6, 1), (1, 2), (2, 1))
"""Blocks and the first one's stride, stage by stage (Chen et al., "MobileFaceNets", CCBR 2018, table 1)."""

Weights = Mapping[str, NDArray[np.float32]]

PROSE = """
MobileFaceNet (Chen et al., "MobileFaceNets", CCBR 2018) with ReLU in place of PReLU, trained by foamliu: a 128-dimensional
embedding of the 112-pixel five-point crop. Compare two embeddings by their cosine. The thresholds for false match rates of
1e-2, 1e-3 and 1e-4 are in the metadata (`hexaface.calibration`).

Known failures: those of every small face network (profiles, faces under about 30 pixels, strong occlusion, children). It is
not centred: between people of one race and gender expect far more false matches than on Labeled Faces in the Wild. Measure
on your own pictures before a decision rests on it.
"""


def network(weights: Weights) -> onnx.ModelProto:
    """`data` float32 (batch, 3, 112, 112), RGB at ImageNet's mean and deviation -> `raw` (batch, 128)."""
    net = _Net(weights)
    x = net.unit("conv1.0", "conv1.1", net.graph.input("data", np.float32, ["batch", 3, SIDE, SIDE]), 2, 1)
    x = net.unit("dw_conv.depthwise", "dw_conv.bn1", x, padding=1)
    x = net.unit("dw_conv.pointwise", "dw_conv.bn2", x)
    place = 0
    for blocks, stride in STAGES:
        for number in range(blocks):
            y = net.block(f"features.{place}.conv", x, 1 if number else stride)
            x = net.graph.op("Add", x, y) if number or stride == 1 else y
            place += 1
    x = net.unit("conv2.0", "conv2.1", x)
    x = net.batch_norm("gdconv.bn", net.convolution("gdconv.depthwise", x))
    x = net.batch_norm("bn", net.graph.op("Flatten", net.biased("conv3", x)))
    net.graph.output("raw", x, np.float32, ["batch", DIMENSIONS])
    return net.graph.model("mobilefacenet")


class _Net(StateDictGraph):
    """The layers by their names in the state dictionary."""

    def unit(self, convolution: str, norm: str, x: str, stride: int = 1, padding: int = 0) -> str:
        """Convolution, batch norm, ReLU."""
        return self.graph.op("Relu", self.batch_norm(norm, self.convolution(convolution, x, stride, padding)))

    def block(self, prefix: str, x: str, stride: int) -> str:
        """Widen, filter each channel, narrow without activation."""
        y = self.unit(f"{prefix}.0.0", f"{prefix}.0.1", x)
        y = self.unit(f"{prefix}.1.0", f"{prefix}.1.1", y, stride, 1)
        return self.batch_norm(f"{prefix}.3", self.convolution(f"{prefix}.2", y))

    def biased(self, prefix: str, x: str) -> str:
        """A convolution and its bias."""
        bias = self.weights[f"{prefix}.bias"].reshape(-1, 1, 1)
        return self.graph.op("Add", self.convolution(prefix, x), self.graph.constant(bias))


def build() -> onnx.ModelProto:
    """Read the weights, fold the batch norms and pre- and post-processing in, halve the weights, describe."""
    model = network(read_legacy_checkpoint(SOURCE.find()))
    graphs.take_pictures(model, (SIDE, SIDE), MEAN, STD)
    graphs.normalise(model, "raw", "embedding")
    model = folded(model)
    graphs.halve_weights(model)
    graphs.describe(
        model,
        {
            "task": "embedder",
            "name": "mobilefacenet-foamliu",
            "version": "1.0.0",
            "window": WINDOW,
            "size": (SIDE, SIDE),
            "licence": {
                "weights": "Apache-2.0 (foamliu/MobileFaceNet)",
                "training_data": "MS-Celeb-1M, refined: web pictures of celebrities, withdrawn by its publisher; research use",
            },
            "training_data": "MS-Celeb-1M, refined",
            "source": SOURCE.source,
        },
    )
    return graphs.finish(model)


def parity(model: onnx.ModelProto) -> Parity:
    """Against torch on the original file."""
    from export.embedder.foamliu_reference import expected  # noqa: PLC0415  # torch

    inputs = sample()
    return Parity.of(
        model,
        inputs,
        {"embedding": expected(inputs["image"])},
        "torch on the state dictionary",
        "the golden portrait and its mirror image (the file stores weights in half precision)",
    )


def sample() -> Tensors:
    """The portrait's central crop and its mirror image."""
    return golden.sample_window(WINDOW, (SIDE, SIDE))


def foamliu() -> Recipe:
    """The recipe."""
    return Recipe(
        task="embedder",
        build=build,
        sample=sample,
        evaluate=evaluate,
        parity=parity,
        prose=PROSE,
        floors=(Floor("lfw_accuracy", at_least=0.98),),
        atol=2e-3,
        finish=with_mask,
    )
