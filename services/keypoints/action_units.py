"""Action units from blendshapes and from distances on the frontalised mesh, by one table of formulas.

The pairing of ARKit blendshapes with FACS action units follows their definitions (Apple, "ARFaceAnchor.BlendShapeLocation";
Ekman, Friesen & Hager, "Facial Action Coding System", 2002). Google's net leaves cheekSquint and noseSneer at zero,
so AU6 and AU9 are read from the mesh; the weights are ours, chosen on FER-2013's training part (docs/keypoints.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.action_units import PRESENT, ActionUnit, action_unit
from services.keypoints.frontal import MEASURES, SIDES, Mesh, Side

SIDE = "{side}"


@dataclass(frozen=True)
class Formula:
    """A weighted sum of blendshapes (`{side}` stands for Left or Right) and of measures on the mesh."""

    blendshapes: Mapping[str, float]
    measures: Mapping[str, float]
    sided: bool = True

    def strength(self, blendshapes: Mapping[str, float], mesh: Mesh, side: Side) -> float:
        """The sum for one side of a face; `mesh` is frontalised."""
        scores = sum(w * blendshapes[name.replace(SIDE, side)] for name, w in self.blendshapes.items())
        return float(scores + sum(w * MEASURES[name](mesh, side) for name, w in self.measures.items()))


def _sided(blendshapes: Mapping[str, float], measures: Mapping[str, float] | None = None) -> Formula:
    return Formula(blendshapes, measures or {})


def _whole(blendshapes: Mapping[str, float], measures: Mapping[str, float] | None = None) -> Formula:
    return Formula(blendshapes, measures or {}, sided=False)


FORMULAS: Mapping[str, Formula] = {
    "AU1": _sided({"browInnerUp": 1.0}, {"inner brow height": 1.0}),
    "AU2": _sided({"browOuterUp{side}": 1.0}, {"outer brow height": 1.0}),
    "AU4": _sided({"browDown{side}": 1.0}),
    "AU5": _sided({"eyeWide{side}": 1.0}),
    "AU6": _sided({"eyeSquint{side}": 0.2}, {"cheek height": 1.0}),
    "AU7": _sided({"eyeSquint{side}": 1.0}),
    # A smile lifts the nose wings and the upper lip too: its share is taken out.
    "AU9": _sided({"browDown{side}": 0.7, "mouthSmile{side}": -0.4}, {"nose wing height": 1.0}),
    "AU10": _sided({"mouthUpperUp{side}": 1.0, "mouthSmile{side}": -0.3}),
    "AU12": _sided({"mouthSmile{side}": 1.0}),
    "AU14": _sided({"mouthDimple{side}": 1.0}),
    "AU15": _sided({"mouthFrown{side}": 1.0}),
    "AU17": _whole({"mouthShrugLower": 1.0}),
    "AU18": _whole({"mouthPucker": 1.0}),
    "AU20": _sided({"mouthStretch{side}": 1.0, "mouthSmile{side}": -0.15}),
    "AU22": _whole({"mouthFunnel": 1.0}),
    "AU23": _whole({}, {"lip thickness": -1.0}),
    "AU24": _whole({"mouthPressLeft": 0.5, "mouthPressRight": 0.5}),
    "AU25": _whole({}, {"lip gap": 1.0}),
    "AU26": _whole({"jawOpen": 1.0}),
    "AU27": _whole({}, {"mouth aspect": 1.0}),
    "AU28": _whole({"mouthRollLower": 0.5, "mouthRollUpper": 0.5}),
    "AU43": _sided({}, {"eye aperture": -1.0}),
}
"""The action units in the order of contracts/action_units.py."""

Scale = tuple[float, float, float]
"""The strengths that stand for intensity 0, `PRESENT` and 1; in between it is linear."""


def action_units(
    blendshapes: Mapping[str, float], mesh: Mesh, scales: Mapping[str, Scale]
) -> dict[str, ActionUnit]:
    """The action units of one face from its blendshapes by name and its frontalised mesh (478, 3)."""
    return {name: _measure(formula, blendshapes, mesh, scales[name]) for name, formula in FORMULAS.items()}


def strengths(formula: Formula, blendshapes: Mapping[str, float], mesh: Mesh) -> list[float]:
    """A formula's raw sums: of the left and the right side, or one for the whole face."""
    return [formula.strength(blendshapes, mesh, side) for side in (SIDES if formula.sided else SIDES[:1])]


def intensity(strength: float | NDArray[np.float64], scale: Scale) -> NDArray[np.float64]:
    """Raw sums on the 0..1 scale."""
    return np.asarray(np.interp(strength, scale, (0.0, PRESENT, 1.0)), np.float64)


def _measure(formula: Formula, blendshapes: Mapping[str, float], mesh: Mesh, scale: Scale) -> ActionUnit:
    return action_unit(*(float(intensity(s, scale)) for s in strengths(formula, blendshapes, mesh)))
