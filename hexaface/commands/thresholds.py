"""Thresholds from pictures of one's own: how similar do different people get, and how often is one person recognised?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATES = (0.01, 0.001, 0.0001)
# Ten false matches give a rate to about a third of itself; with fewer it is not known at all.
_FEWEST = 10
_RESAMPLED = 200

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Threshold:
    """The similarity that a share `rate` of pairs of different people reaches, with its 95 % interval."""

    rate: float
    similarity: float
    low: float
    high: float


class Pairs:
    """The similarities of every two pictures: `embeddings` (n, d) of length one, and whose they are."""

    def __init__(self, embeddings: Floats, people: Sequence[str]) -> None:
        self._names, person = np.unique(np.asarray(people), return_inverse=True)
        first, second = np.triu_indices(len(person), 1)
        cosines, same = (embeddings @ embeddings.T)[first, second], person[first] == person[second]
        self.genuine = cosines[same]
        order = np.argsort(-cosines[~same], kind="stable")
        self._impostors = cosines[~same][order]
        self._pairs = person[first][~same][order], person[second][~same][order]
        self._people = int(person.max(initial=-1)) + 1

    @property
    def impostors(self) -> int:
        """How many pairs show different people."""
        return len(self._impostors)

    def threshold(self, rate: float) -> Threshold | None:
        """The threshold for a false match rate; None with too few pairs to know it.

        The interval is a bootstrap over people (Efron & Tibshirani 1993, chapter 13: percentiles of 200 resamples): pairs
        that share a person are not independent, and an interval over pairs would be far too narrow.
        """
        if rate * self.impostors < _FEWEST:
            return None
        chance = np.random.default_rng(0)
        equal = np.full(self._people, 1 / self._people)
        resampled = []
        for _ in range(_RESAMPLED):
            times = chance.multinomial(self._people, equal)
            resampled.append(self._reached(rate, times[self._pairs[0]] * times[self._pairs[1]]))
        low, high = np.percentile(resampled, [2.5, 97.5])
        return Threshold(
            rate, self._reached(rate, np.ones(self.impostors, np.int64)), float(low), float(high)
        )

    def false_match_rate(self, similarity: float) -> float:
        """The share of pairs of different people that reach a similarity."""
        return float((self._impostors >= similarity).mean())

    def within(self, groups: Mapping[str, str]) -> dict[str, Floats]:
        """Group -> the similarities of pairs of different people who both belong to it; who is in none is left out."""
        of_person = np.asarray([groups.get(name, "") for name in self._names])
        first, second = (of_person[people] for people in self._pairs)
        return {
            group: self._impostors[(first == group) & (second == group)]
            for group in sorted(set(of_person) - {""})
        }

    def true_match_rate(self, similarity: float) -> float:
        """The share of pairs of one person that reach it."""
        return float((self.genuine >= similarity).mean())

    def _reached(self, rate: float, weights: NDArray[np.int64]) -> float:
        """The lowest similarity that at most a share `rate` of the weighted pairs reaches."""
        passed = np.cumsum(weights)
        first_over = int(np.searchsorted(passed, rate * passed[-1], side="right"))
        return float(np.nextafter(self._impostors[min(first_over, self.impostors - 1)], np.inf))
