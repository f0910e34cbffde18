"""The generator trained here: FairFace faces, checkpoint -> ONNX, judged beside real faces."""

import onnx
import torch

from export.cache import runs
from export.generator.dcgan import LATENT, SIDE, build_graph
from export.onnx_tools import graphs
from export.onnx_tools.sessions import Session, Tensors
from export.recipe import Evaluation, Floor, Parity, Recipe
from services.generator.model import latents
from studies.generator import comparison
from studies.generator.faces import prepared
from studies.generator.networks import Generator
from studies.generator.train import Config, resume, train

PROSE = """
A DCGAN (Radford et al., ICLR 2016): 100 normal numbers become a 64-pixel face. It was trained here, on the frontal faces
of FairFace, with spectral norm and dropout in the discriminator, one-sided label smoothing, differentiable augmentation
and a moving average of the generator's weights, which is what is shipped. docs/training/generator.md tells the run.

Known failures: eyes of different size or direction, smeared mouths and hair, glasses that fade on one side; in some
samples no face is found. FairFace is balanced over seven races and two genders but not over ages (children and people
over 60 are rare), and so are the faces drawn. The pictures are small: 64 pixels.
"""


def averaged() -> Generator:
    """The generator to ship; trains, or goes on training, when the checkpoint is not at the last step."""
    config, folder = Config(), runs("generator")
    state = resume(config, folder / "checkpoint.pt")
    if state.step < config.steps:
        state = train(prepared("train", folder).faces, config, folder)
    return state.averaged.eval()


def build() -> onnx.ModelProto:
    """Train if need be, convert, halve the weights, describe."""
    return convert(averaged())


def convert(generator: Generator) -> onnx.ModelProto:
    """The self-describing graph of a trained generator."""
    weights = {
        name.replace("layers.", "main.", 1): value.float().numpy()
        for name, value in generator.state_dict().items()
    }
    model = build_graph(weights)
    graphs.halve_weights(model)
    graphs.describe(
        model,
        {
            "task": "generator",
            "name": "dcgan-fairface",
            "version": "1.0.0",
            "size": (SIDE, SIDE),
            "latent": LATENT,
            "licence": {"weights": "Apache-2.0 (this project)", "training_data": "FairFace: CC BY 4.0"},
            "training_data": "FairFace (Karkkainen & Joo, WACV 2021), frontal faces of the training split",
            "source": "trained by `python -m studies.generator` (docs/training/generator.md)",
        },
    )
    return graphs.finish(model)


def parity(model: onnx.ModelProto) -> Parity:
    """Against torch on the float32 weights."""
    return compare(model, averaged())


def compare(model: onnx.ModelProto, generator: Generator) -> Parity:
    """Against `generator` in torch, in grey levels."""
    values = latents(0, 16)
    with torch.inference_mode():
        drawn = generator.eval()(torch.from_numpy(values))
    expected = ((drawn.double() + 1) * 127.5).round().permute(0, 2, 3, 1).numpy()
    inputs = "the first 16 latent vectors of seed 0, weights in float16 against float32"
    return Parity.of(model, {"latent": values}, {"image": expected}, f"torch {torch.__version__}", inputs)


def evaluate(session: Session) -> Evaluation:
    """Beside FairFace's dev faces; copies are looked for in the training faces."""
    kept = runs("generator")
    return comparison.evaluation(session, prepared("dev", kept).faces, lambda: prepared("train", kept).faces)


def sample() -> Tensors:
    """The first two latent vectors of seed 0."""
    return {"latent": latents(0, 2)}


def trained() -> Recipe:
    """The DCGAN trained on FairFace."""
    return Recipe(
        task="generator",
        build=build,
        sample=sample,
        evaluate=evaluate,
        parity=parity,
        prose=PROSE,
        floors=(Floor("faces_found", at_least=0.92),),
        atol=2.0,  # grey levels: a rounding may go the other way
    )
