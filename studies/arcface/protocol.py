"""The measurements of the student project on face identification: ROC area, accuracy at fixed cosines, top-k."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COSINES = (0.6, 0.7, 0.8)
"""The report's thresholds."""

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Verification:
    """What one embedder does on pairs."""

    pairs: int
    area: float
    """Under the ROC curve."""
    best: float
    """Accuracy at the threshold that is best on these very pairs; an upper bound."""
    same_at: tuple[float, ...]
    """Share of same-person pairs above each of `COSINES`: what the student project calls threshold accuracy."""
    right_at: tuple[float, ...]
    """Share of right decisions, same and different, at each of `COSINES`."""


def verification(a: Floats, b: Floats, same: NDArray[np.bool_]) -> Verification:
    """Compare unit embeddings float (n, d) row by row; `same` tells the pairs of one person.

    Raises ValueError when the pairs are all of one kind.
    """
    if same.all() or not same.any():
        raise ValueError("both kinds of pairs are needed")
    cosine = (a * b).sum(1)
    candidates = np.unique(cosine)
    best = max(float(((cosine >= threshold) == same).mean()) for threshold in candidates)
    return Verification(
        len(same),
        _area(cosine[same], cosine[~same]),
        best,
        tuple(float((cosine[same] >= threshold).mean()) for threshold in COSINES),
        tuple(float(((cosine >= threshold) == same).mean()) for threshold in COSINES),
    )


def identification(
    embeddings: Floats, persons: Sequence[str], ranks: Sequence[int] = (1, 2, 3)
) -> dict[int, float]:
    """Rank -> share of probes whose person is among the `rank` most similar gallery persons.

    The first picture of each person is the gallery, all others are probes; embeddings are unit vectors float (n, d).
    Persons with a single picture stay in the gallery as distractors. Raises ValueError without any probe.
    """
    names = np.asarray(persons)
    _, first = np.unique(names, return_index=True)
    probes = np.setdiff1d(np.arange(len(names)), first)
    if not len(probes):
        raise ValueError("no person has a second picture")
    similarity = embeddings[probes] @ embeddings[first].T
    own = names[first][None, :] == names[probes][:, None]
    place = (similarity > similarity[own][:, None]).sum(1)
    return {rank: float((place < rank).mean()) for rank in ranks}


def _area(genuine: Floats, impostors: Floats) -> float:
    """Mann-Whitney: the share of (genuine, impostor) couples in the right order, ties counted half."""
    ordered = np.sort(impostors)
    below = np.searchsorted(ordered, genuine, side="left")
    upto = np.searchsorted(ordered, genuine, side="right")
    return float((below + upto).mean() / 2 / len(ordered))
