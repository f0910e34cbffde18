"""Liveness: MiniFASNetV2, MiniFASNetV1SE and a third network in one graph, or the first two alone."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import onnx

from contracts.faces import Box
from contracts.liveness import CONTEXT_SIDE, Placement
from export import golden
from export.liveness import graph
from export.liveness.evaluation import evaluate
from export.liveness.prose import PAIR_PROSE, PROSE
from export.onnx_tools import graphs
from export.onnx_tools.lean import folded
from export.onnx_tools.sessions import Tensors
from export.recipe import Floor, Parity, Recipe
from export.repositories import RepositoryFile
from services.liveness.model import FaceInContext, LivenessModel
from serving.session import ModelInfo


def build_trio() -> onnx.ModelProto:
    """All three."""
    return _built(
        graph.TRIO,
        "minifasnet-trio",
        {
            "weights": "Apache-2.0 (all three repositories)",
            "training_data": "MiniFASNet: its authors' own pictures; the third: CelebA-Spoof, research use",
        },
        "the authors' own data (MiniFASNet); CelebA-Spoof (third network)",
        (graph.NEAR, graph.WIDE, graph.SQUARE),
    )


def build_pair() -> onnx.ModelProto:
    """MiniFASNet's two alone: nothing is known against their commercial use."""
    return _built(
        graph.PAIR,
        "minifasnet-pair",
        {
            "weights": "Apache-2.0 (minivision-ai/Silent-Face-Anti-Spoofing)",
            "training_data": "its authors' own pictures, not published",
        },
        "the authors' own data",
        (graph.NEAR, graph.WIDE),
    )


def _built(
    shares: Mapping[str, float],
    name: str,
    licence: Mapping[str, str],
    training_data: str,
    files: Sequence[RepositoryFile],
) -> onnx.ModelProto:
    """Join the networks, fold their batch norms, halve the weights, describe."""
    model = folded(graph.build(shares))
    graphs.halve_weights(model)
    graphs.describe(
        model,
        {
            "task": "liveness",
            "name": name,
            "version": "1.0.0",
            "labels": {"liveness": ["presented", "real"]},
            "licence": licence,
            "training_data": training_data,
            "source": "; ".join(file.source for file in files),
        },
    )
    return graphs.finish(model)


def sample(shares: Mapping[str, float] = graph.TRIO) -> Tensors:
    """The portrait's chip as if it were a context crop, and its mirror image."""
    chip = golden.face_chip()
    crop = np.zeros((CONTEXT_SIDE, CONTEXT_SIDE, 3), np.uint8)
    crop[32:288, 32:288] = chip
    placement = Placement(box=Box(x=110, y=100, width=100, height=130), stretch=0.9)
    model = LivenessModel(ModelInfo("liveness", "golden", "0", ""))
    items = [model.preprocess(FaceInContext(seen, placement)) for seen in (crop, crop[:, ::-1].copy())]
    return {name: np.stack([item[name] for item in items]) for name in shares}


def parity(model: onnx.ModelProto, shares: Mapping[str, float] = graph.TRIO) -> Parity:
    """Against torch and onnxruntime on the original files."""
    from export.liveness.reference import expected  # noqa: PLC0415  # torch

    inputs = sample(shares)
    reference = "torch and onnxruntime on the original files"
    described = "the golden inputs (the file stores weights in half precision)"
    return Parity.of(model, inputs, expected(inputs), reference, described)


def trio() -> Recipe:
    """The shipped recipe."""
    return Recipe(
        task="liveness",
        build=build_trio,
        sample=sample,
        evaluate=evaluate,
        parity=parity,
        prose=PROSE,
        floors=(Floor("lfw_real_at_0.5", at_least=0.85),),
        atol=0.02,
    )


def pair() -> Recipe:
    """What the permissive profile serves."""
    return Recipe(
        task="liveness-pair",
        build=build_pair,
        sample=lambda: sample(graph.PAIR),
        evaluate=evaluate,
        parity=lambda model: parity(model, graph.PAIR),
        prose=PAIR_PROSE,
        floors=(Floor("lfw_real_at_0.5", at_least=0.85),),
        atol=0.02,
    )


SHIPPED = "trio"
RECIPES: dict[str, Callable[[], Recipe]] = {"trio": trio, "pair": pair}
