"""Action units of the Facial Action Coding System (FACS), and a person's resting face taken out of them.

Ekman, Friesen & Hager, "Facial Action Coding System", 2002. An intensity is 0 at a typical resting face and 1 at the
strongest expression met in the calibration data; an action unit counts as present from `PRESENT` upwards, which
5 % of resting faces exceed (docs/keypoints.md has the formulas and how the scale was set).
"""

from collections.abc import Iterable, Mapping
from statistics import median

from pydantic import Field

from contracts.message import Message

PRESENT = 0.25
"""The intensity from which an action unit counts as present."""

DESCRIPTIONS = {
    "AU1": "inner brow raiser",
    "AU2": "outer brow raiser",
    "AU4": "brow lowerer",
    "AU5": "upper lid raiser",
    "AU6": "cheek raiser",
    "AU7": "lid tightener",
    "AU9": "nose wrinkler",
    "AU10": "upper lip raiser",
    "AU12": "lip corner puller",
    "AU14": "dimpler",
    "AU15": "lip corner depressor",
    "AU17": "chin raiser",
    "AU18": "lip pucker",
    "AU20": "lip stretcher",
    "AU22": "lip funneler",
    "AU23": "lip tightener",
    "AU24": "lip pressor",
    "AU25": "lips part",
    "AU26": "jaw drop",
    "AU27": "mouth stretch",
    "AU28": "lip suck",
    "AU43": "eyes closed (AU45, the blink, looks the same in one picture)",
}
"""The action units that are reported, by FACS number."""


class ActionUnit(Message):
    """One action unit: for the whole face, and per side where FACS tells sides apart."""

    intensity: float = Field(ge=0, le=1, description="0 at rest, 1 at its strongest; the stronger side's")
    present: bool
    """Whether it counts as present: an intensity of 0.25 or more."""
    left: float | None = Field(default=None, ge=0, le=1, description="intensity on the subject's own left")
    right: float | None = Field(default=None, ge=0, le=1, description="intensity on the subject's own right")


def action_unit(left: float, right: float | None = None) -> ActionUnit:
    """An action unit from the intensities of its sides, or from one for the whole face."""
    if right is None:
        return ActionUnit(intensity=left, present=left >= PRESENT)
    strongest = max(left, right)
    return ActionUnit(intensity=strongest, present=strongest >= PRESENT, left=left, right=right)


def learn_neutral(pictures: Iterable[Mapping[str, ActionUnit]]) -> dict[str, ActionUnit]:
    """A person's resting face from the action units of several of their pictures: the median of each.

    The median is the resting face when the person rests in more than half of the pictures; of three or more pictures,
    one odd one does no harm. Raises ValueError without pictures, KeyError when an action unit is missing in one.
    """
    seen = list(pictures)
    if not seen:
        raise ValueError("a resting face is learned from at least one picture")
    return {name: _median([picture[name] for picture in seen]) for name in seen[0]}


def relative_to(neutral: Mapping[str, ActionUnit], face: Mapping[str, ActionUnit]) -> dict[str, ActionUnit]:
    """The action units of a face beyond a person's resting face: (i - n) / (1 - n), at least 0.

    The strongest expression stays 1. An action unit that `neutral` does not name is left as it is.
    """
    return {name: _beyond(neutral[name], unit) if name in neutral else unit for name, unit in face.items()}


def _median(units: list[ActionUnit]) -> ActionUnit:
    sides = [(unit.left, unit.right) for unit in units if unit.left is not None and unit.right is not None]
    if len(sides) < len(units):
        return action_unit(median(unit.intensity for unit in units))
    return action_unit(median(left for left, _ in sides), median(right for _, right in sides))


def _beyond(neutral: ActionUnit, unit: ActionUnit) -> ActionUnit:
    if unit.left is None or unit.right is None:
        return action_unit(_rest_removed(neutral.intensity, unit.intensity))
    left = neutral.intensity if neutral.left is None else neutral.left
    right = neutral.intensity if neutral.right is None else neutral.right
    return action_unit(_rest_removed(left, unit.left), _rest_removed(right, unit.right))


def _rest_removed(rest: float, intensity: float) -> float:
    return 0.0 if intensity <= rest else (intensity - rest) / (1.0 - rest)
