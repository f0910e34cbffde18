"""Thresholds for given false match rates, and a probability that two pictures show the same person."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export.statistics import Share, area_under_roc, best_threshold, fit_logistic, threshold_at

RATES = (1e-2, 1e-3, 1e-4)
_DIGITS = 4

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Scores:
    """Cosine similarities of pairs; `impostors` ascending."""

    genuine: Floats
    impostors: Floats


def all_pairs(embeddings: Floats, persons: NDArray[np.str_], *, rows: int = 512) -> Scores:
    """Every pair of pictures once: unit embeddings (n, d) and who is on them (n,)."""
    genuine, impostors = [], []
    for start in range(0, len(embeddings), rows):
        block = embeddings[start : start + rows] @ embeddings.T
        same = persons[start : start + rows, None] == persons[None, :]
        later = np.arange(len(embeddings))[None, :] > np.arange(start, start + len(block))[:, None]
        genuine.append(block[same & later])
        impostors.append(block[~same & later])
    return Scores(np.concatenate(genuine), np.sort(np.concatenate(impostors)))


def calibrate(scores: Scores, pairs: Scores) -> dict[str, Any]:
    """The metadata `hexaface.calibration`.

    Thresholds come from all cross-person pairs; true match rates from the official genuine `pairs`, which weigh every
    person alike (all genuine pairs would be ruled by the few people with many pictures). The logistic is fitted on
    the official genuine pairs and all impostor pairs at a prior of 0.5.
    """
    slope, intercept = fit_logistic(pairs.genuine, scores.impostors)
    return {
        "metric": "cosine",
        "euclidean": "d = sqrt(2 - 2 * cosine) on unit vectors",
        "data": "LFW dev (pair folds 1-4 of the official protocol), every cross-person pair of its pictures",
        "impostor_pairs": len(scores.impostors),
        "genuine_pairs": len(pairs.genuine),
        "thresholds": [_at(rate, scores, pairs) for rate in RATES],
        "probability": {
            "form": "1 / (1 + exp(-(slope * cosine + intercept)))",
            "slope": round(slope, _DIGITS),
            "intercept": round(intercept, _DIGITS),
            "prior": 0.5,
        },
    }


def _at(rate: float, scores: Scores, pairs: Scores) -> dict[str, float]:
    cosine = threshold_at(scores.impostors, rate)
    matched = Share.of(int((pairs.genuine >= cosine).sum()), len(pairs.genuine))
    return {
        "false_match_rate": rate,
        "cosine": round(cosine, _DIGITS),
        "euclidean": round(float(np.sqrt(2 - 2 * cosine)), _DIGITS),
        "true_match_rate": round(matched.value, _DIGITS),
        "true_match_rate_low": round(matched.low, _DIGITS),
        "true_match_rate_high": round(matched.high, _DIGITS),
    }


def fold_accuracies(scores: Floats, same: NDArray[np.bool_], folds: NDArray[np.str_]) -> NDArray[np.float64]:
    """Accuracy on each fold with the threshold that is best on the others (LFW's View 2 protocol)."""
    accuracies = []
    for fold in np.unique(folds):
        held_out = folds == fold
        threshold = best_threshold(scores[~held_out], same[~held_out])
        accuracies.append(((scores[held_out] >= threshold) == same[held_out]).mean())
    return np.asarray(accuracies)


def area(scores: Scores) -> float:
    """The area under the ROC curve."""
    return area_under_roc(scores.genuine, scores.impostors)
