"""What FairFace's labels become as targets."""

import numpy as np
from numpy.typing import NDArray

from export.attributes.architecture import AGES, GENDERS, RACES
from export.datasets import Row

GROUPS = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70")
EDGES = ((0, 2), (3, 9), (10, 19), (20, 29), (30, 39), (40, 49), (50, 59), (60, 69), (70, 100))
MIDDLES = (1.0, 6.0, 14.5, 24.5, 34.5, 44.5, 54.5, 64.5, 75.0)
"""Years that stand for a group where an age in years is scored; 75 for the open one, as few are far above 70."""

_SPILL = 2.0  # years: people label groups from looks, so a group's edge is not sharp
_OLD_DECAY = 8.0  # years: how fast the number of people falls beyond 70


def fairface_targets(row: Row) -> tuple[int, int, int, int]:
    """Age group, gender, race and service-test flag as class numbers. Raises ValueError for an unknown label."""
    return (
        GROUPS.index(row["age"]),
        GENDERS.index(row["gender"].lower()),
        RACES.index(row["race"].lower().replace(" ", "_")),
        int(row["service_test"]),
    )


def group_distribution(group: int) -> NDArray[np.float32]:
    """The age distribution that stands for a group: flat inside, soft at its edges, (101,) with sum 1."""
    first, last = EDGES[group]
    years = np.arange(AGES)
    inside = ((years >= first) & (years <= last)).astype(np.float64)
    if group == len(GROUPS) - 1:
        inside *= np.exp(-(years - first) / _OLD_DECAY)
    kernel = np.exp(-0.5 * ((years[:, None] - years[None, :]) / _SPILL) ** 2)
    kernel /= kernel.sum(0)
    spread = kernel @ inside
    return np.asarray(spread / spread.sum(), np.float32)
