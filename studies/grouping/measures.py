"""How right a grouping is, when the people are known."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Agreement:
    """Precision and recall over pairs of faces, and averaged over faces (B-cubed)."""

    pair_precision: float
    pair_recall: float
    bcubed_precision: float
    bcubed_recall: float
    groups: int
    people: int

    @property
    def pair_f(self) -> float:
        """The harmonic mean of the pairs' two."""
        return _harmonic(self.pair_precision, self.pair_recall)

    @property
    def bcubed_f(self) -> float:
        """The harmonic mean of B-cubed's two."""
        return _harmonic(self.bcubed_precision, self.bcubed_recall)


def agreement(people: NDArray[Any], labels: NDArray[np.int64]) -> Agreement:
    """Compare a grouping, (n,), with the truth, (n,); faces in no group must each have a label of their own.

    Pairwise: of the pairs in one group, how many show one person, and the reverse. B-cubed: the same shares of each face's
    own group and own person, itself included, averaged over faces (Bagga & Baldwin, "Algorithms for Scoring Coreference
    Chains", LREC 1998; Amigo et al., Information Retrieval 12, 2009, section 4.6).
    """
    _, person = np.unique(people, return_inverse=True)
    _, group = np.unique(labels, return_inverse=True)
    in_group, of_person = np.bincount(group), np.bincount(person)
    cells, both = np.unique(
        group * len(of_person) + person, return_counts=True
    )  # those of the table that are not empty
    right, grouped, same = (_pairs(counts) for counts in (both, in_group, of_person))
    return Agreement(
        right / grouped if grouped else 1.0,
        right / same if same else 1.0,
        float((both**2 / in_group[cells // len(of_person)]).sum() / len(people)),
        float((both**2 / of_person[cells % len(of_person)]).sum() / len(people)),
        int((in_group > 1).sum()),
        len(of_person),
    )


def _pairs(counts: NDArray[np.int64]) -> int:
    return int((counts * (counts - 1) // 2).sum())


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0
