"""Set the action units' scales: what strength is rest, presence and the strongest expression."""

from collections.abc import Mapping, Sequence

import numpy as np

from services.keypoints.action_units import FORMULAS, Scale

BY_MEANING: Mapping[str, Scale] = {
    # Centimetres between the inner lips: the mesh keeps about 0.2 between closed ones; at 0.5 teeth show.
    "AU25": (0.2, 0.5, 3.0),
    # The open mouth's height over its width: a jaw that has only dropped stays under one half.
    "AU27": (0.25, 0.5, 0.9),
}
"""Set by what FACS says, since faces labelled neutral do part their lips."""

_RESTING, _FALSE_POSITIVES, _STRONGEST = 0.5, 0.05, 0.995


def calibrate(strengths: Mapping[str, Sequence[float]], neutral: Sequence[bool]) -> dict[str, Scale]:
    """The scale of each action unit from its strengths on faces of every expression.

    `strengths` holds, per action unit, the stronger side's raw sum of each face; `neutral` says which faces were labelled
    neutral. Rest is the neutral faces' median, presence what 5 % of them exceed, 1 what 0.5 % of all faces exceed.
    """
    resting = np.asarray(neutral, bool)
    measured = {name: np.asarray(values, np.float64) for name, values in strengths.items()}
    return {
        name: BY_MEANING[name]
        if name in BY_MEANING
        else (
            float(np.quantile(measured[name][resting], _RESTING)),
            float(np.quantile(measured[name][resting], 1 - _FALSE_POSITIVES)),
            float(np.quantile(measured[name], _STRONGEST)),
        )
        for name in FORMULAS
    }
