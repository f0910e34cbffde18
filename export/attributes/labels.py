"""What the labels of FairFace and UTKFace become as targets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.attributes.architecture import AGES, GENDERS, RACES
from export.datasets import Row

GROUPS = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70")
EDGES = ((0, 2), (3, 9), (10, 19), (20, 29), (30, 39), (40, 49), (50, 59), (60, 69), (70, 100))
MIDDLES = (1.0, 6.0, 14.5, 24.5, 34.5, 44.5, 54.5, 64.5, 75.0)
"""Years that stand for a group where an age in years is scored; 75 for the open one, as few are far above 70."""

UNKNOWN = -1
"""Class of a label that a data set does not have."""

_SPILL = 2.0  # years: people label groups from looks, so a group's edge is not sharp
_OLD_DECAY = 8.0  # years: how fast the number of people falls beyond 70


@dataclass(frozen=True)
class Target:
    """What one face should give."""

    classes: tuple[int, int, int, int]
    """Age group, gender, race and service-test flag; `UNKNOWN` where the data set does not say."""
    years: float
    spread: NDArray[np.float32]
    """The age distribution, (101,) with sum 1."""
    exact: bool
    """Whether `years` is the labelled age, not the middle of a group."""


def target(row: Row) -> Target:
    """The target of a line of either data set. Raises KeyError or ValueError for a missing or unknown label."""
    gender = GENDERS.index(row["gender"].lower())
    if "service_test" in row:
        group = GROUPS.index(row["age"])
        race = RACES.index(row["race"].lower().replace(" ", "_"))
        classes = (group, gender, race, int(row["service_test"]))
        return Target(classes, MIDDLES[group], group_distribution(group), exact=False)
    years = float(row["age"])
    group = next(i for i in reversed(range(len(EDGES))) if EDGES[i][0] <= years)
    # UTKFace's five races are not FairFace's seven: its "Asian" and "White" each cover several of them.
    return Target((group, gender, UNKNOWN, UNKNOWN), years, year_distribution(years), exact=True)


def year_distribution(years: float) -> NDArray[np.float32]:
    """The age distribution that stands for a labelled age, as uncertain as the edge of a group."""
    spread = np.exp(-0.5 * ((np.arange(AGES) - years) / _SPILL) ** 2)
    return np.asarray(spread / spread.sum(), np.float32)


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
