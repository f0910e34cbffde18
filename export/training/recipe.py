"""The recipe of a model that is trained here, without torch until something is built."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import onnx
from numpy.typing import NDArray

from export.onnx_tools.sessions import Session
from export.recipe import Evaluation, Floor, Recipe

if TYPE_CHECKING:
    from export.training.trained import Trained


def trained_recipe(
    task: str,
    start: Callable[[], "Trained"],
    evaluate: Callable[[Session], Evaluation],
    prose: str,
    *,
    floors: Sequence[Floor],
    atol: float,
    calibration: Callable[[], NDArray[np.uint8]] | None = None,
    finish: Callable[[onnx.ModelProto], onnx.ModelProto] = lambda model: model,
) -> Recipe:
    """`start` imports torch and gives the run; it is called once, when something is built."""
    run = cache(start)
    return Recipe(
        task=task,
        build=lambda: run().build(),
        sample=lambda: run().sample(),
        evaluate=evaluate,
        parity=lambda model: run().parity(model),
        prose=prose,
        floors=tuple(floors),
        calibration=calibration,
        finish=finish,
        atol=atol,
    )
