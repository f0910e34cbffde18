"""Liveness: MiniFASNetV2, MiniFASNetV1SE and a third network in one graph."""

from collections.abc import Callable

import numpy as np
import onnx

from contracts.faces import Box
from contracts.liveness import CONTEXT_SIDE, Placement
from export import golden
from export.liveness import graph
from export.liveness.evaluation import evaluate
from export.liveness.prose import PROSE
from export.onnx_tools import graphs
from export.onnx_tools.lean import folded
from export.onnx_tools.sessions import Tensors
from export.recipe import Floor, Parity, Recipe
from services.liveness.model import FaceInContext, LivenessModel
from serving.session import ModelInfo


def build() -> onnx.ModelProto:
    """Join the three, fold their batch norms, halve the weights, describe."""
    model = folded(graph.build())
    graphs.halve_weights(model)
    graphs.describe(
        model,
        {
            "task": "liveness",
            "name": "minifasnet-trio",
            "version": "1.0.0",
            "labels": {"liveness": ["presented", "real"]},
            "licence": {
                "weights": "Apache-2.0 (all three repositories)",
                "training_data": "MiniFASNet: its authors' own pictures; the third: CelebA-Spoof, research use",
            },
            "training_data": "the authors' own data (MiniFASNet); CelebA-Spoof (third network)",
            "source": "; ".join(file.source for file in (graph.NEAR, graph.WIDE, graph.SQUARE)),
        },
    )
    return graphs.finish(model)


def sample() -> Tensors:
    """The portrait's chip as if it were a context crop, and its mirror image."""
    chip = golden.face_chip()
    crop = np.zeros((CONTEXT_SIDE, CONTEXT_SIDE, 3), np.uint8)
    crop[32:288, 32:288] = chip
    placement = Placement(box=Box(x=110, y=100, width=100, height=130), stretch=0.9)
    model = LivenessModel(ModelInfo("liveness", "golden", "0", ""))
    items = [model.preprocess(FaceInContext(seen, placement)) for seen in (crop, crop[:, ::-1].copy())]
    return {name: np.stack([item[name] for item in items]) for name in items[0]}


def parity(model: onnx.ModelProto) -> Parity:
    """Against torch and onnxruntime on the original files."""
    from export.liveness.reference import expected  # noqa: PLC0415  # torch

    inputs = sample()
    reference = "torch on the two state dictionaries and onnxruntime on the third file"
    described = "the golden inputs (the file stores weights in half precision)"
    return Parity.of(model, inputs, expected(inputs), reference, described)


def trio() -> Recipe:
    """The shipped recipe."""
    return Recipe(
        task="liveness",
        build=build,
        sample=sample,
        evaluate=evaluate,
        parity=parity,
        prose=PROSE,
        floors=(Floor("lfw_real_at_0.5", at_least=0.85),),
        atol=0.02,
    )


SHIPPED = "trio"
RECIPES: dict[str, Callable[[], Recipe]] = {"trio": trio}
