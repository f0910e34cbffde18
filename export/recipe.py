"""What a task's recipe tells the publisher, and where recipes are found."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import onnx
from numpy.typing import NDArray

from export.onnx_tools.sessions import Session, Tensors

PUBLISHED = "published"
TASKS = ("detector", "embedder", "attributes", "emotion", "keypoints", "generator", "liveness")


@dataclass(frozen=True)
class Parity:
    """How far the ONNX answers are from the source framework's on the same inputs."""

    reference: str
    """What it was compared with, such as `LiteRT 2.3.0` or `torch 2.13`."""
    inputs: str
    largest: Mapping[str, float]
    """Output name -> the largest absolute difference."""

    @classmethod
    def of(
        cls, model: onnx.ModelProto, inputs: Tensors, expected: Tensors, reference: str, described: str
    ) -> "Parity":
        """Run `model` on `inputs` and compare with the reference's answers by output name."""
        actual = Session(model)(inputs)
        largest = {
            name: float(np.abs(actual[name].astype(np.float64) - answer).max())
            for name, answer in expected.items()
        }
        return cls(reference, described, largest)


@dataclass(frozen=True)
class Evaluation:
    """Numbers measured on dev data through the ONNX file; `metrics` go into its metadata and the card."""

    metrics: Mapping[str, float]
    tables: str = ""
    """Further results for the card, Markdown."""
    properties: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """Further metadata that was measured, such as thresholds."""


@dataclass(frozen=True)
class Floor:
    """A bound that a metric must keep, or the model is not published."""

    metric: str
    at_least: float = float("-inf")
    at_most: float = float("inf")


@dataclass(frozen=True)
class Recipe:
    """One way to make a task's model."""

    task: str
    build: Callable[[], onnx.ModelProto]
    """Fetch or train; gives the self-describing graph, all but its measured numbers."""
    sample: Callable[[], Tensors]
    """Inputs for the golden answers, batch axis first, from a real face."""
    evaluate: Callable[[Session], Evaluation]
    parity: Callable[[onnx.ModelProto], Parity]
    prose: str
    """The card's text: architecture, what it is for, known failures (Markdown, below the title)."""
    floors: tuple[Floor, ...] = ()
    finish: Callable[[onnx.ModelProto], onnx.ModelProto] = lambda model: model
    """What is added to a graph, built or published, before it is made lean; twice does no more than once."""
    calibration: Callable[[], NDArray[np.uint8]] | None = None
    """Pictures of real faces, uint8 (n, height, width, 3), that the ranges of 8-bit arithmetic are measured on; None
    leaves the graph in float32."""
    atol: float = 1e-3
    """Largest absolute difference to the golden answers that another machine's arithmetic may make."""


class UnknownRecipeError(LookupError):
    """There is no such task or variant."""


def find(task: str, variant: str | None = None) -> Recipe:
    """The recipe of a task: its `variant`, or the one that is shipped. Raises UnknownRecipeError.

    `export/<task>/recipe.py` holds `RECIPES` (variant -> function that gives the Recipe) and `SHIPPED` (a variant).
    Every task also has the variant `published`: the file as it is, prepared and measured again.
    """
    if task not in TASKS:
        raise UnknownRecipeError(f"no task {task!r}; there are {', '.join(TASKS)}")
    module = importlib.import_module(f"export.{task}.recipe")
    chosen = module.SHIPPED if variant in {None, PUBLISHED} else variant
    if chosen not in module.RECIPES:
        raise UnknownRecipeError(f"no variant {chosen!r} of {task}; there are {', '.join(module.RECIPES)}")
    recipe: Recipe = module.RECIPES[chosen]()
    return recipe
