"""Numbers of groups that stay: a group keeps that of the earlier group most of whose faces it has."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from hexaface.grouping.clustering import Labels
from hexaface.grouping.faces import Key

ALONE = 0
"""The number of a face that is in no group."""


def numbered(
    keys: Sequence[Key], labels: Labels, earlier: Mapping[Key, int], first_free: int
) -> tuple[Labels, int]:
    """Each face's group number, (n,), and the first number that is free after it.

    `labels` are the new groups, -1 for none; `earlier` has the numbers of the last run. Of two groups that share faces
    with one earlier group the one with more of them keeps its number; of two earlier groups that became one the larger
    share gives it. A number that was given once is never given to other people, so new ones start at `first_free`.
    """
    overlaps = Counter(
        (int(label), earlier[key])
        for key, label in zip(keys, labels, strict=True)
        if label >= 0 and key in earlier
    )
    number_of: dict[int, int] = {}
    kept: set[int] = set()
    for (label, number), _ in sorted(overlaps.items(), key=lambda item: (-item[1], item[0][1], item[0][0])):
        if label not in number_of and number not in kept:
            number_of[label] = number
            kept.add(number)
    # New numbers follow the size of the groups, then their order in the table.
    sizes = Counter(int(label) for label in labels if label >= 0)
    for label in sorted(sizes, key=lambda label: (-sizes[label], label)):
        if label not in number_of:
            number_of[label] = first_free
            first_free += 1
    return np.asarray([number_of.get(int(label), ALONE) for label in labels], np.int64), first_free
