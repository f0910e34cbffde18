"""Turn scores into honest probabilities and intervals, on faces that were not fitted."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

_TEMPERATURES = np.exp(np.linspace(np.log(0.4), np.log(4.0), 93))


def log_softmax(logits: Floats) -> Floats:
    """Along the last axis."""
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def temperature(logits: Floats, truth: NDArray[np.integer]) -> float:
    """The divisor of `logits` (n, classes) with the least negative log-likelihood (Guo et al., ICML 2017)."""
    rows = np.arange(len(truth))
    losses = [-log_softmax(logits / t)[rows, truth].mean() for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def reliability_bins(
    probabilities: Floats, truth: NDArray[np.integer], bins: int = 15
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Mean confidence, accuracy and number of the answers in each equal-width bin of the confidence that has any."""
    confidence, right = probabilities.max(1), probabilities.argmax(1) == truth
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    filled = count > 0
    said, hits = (np.bincount(place, values, bins)[filled] for values in (confidence, right))
    return said / count[filled], hits / count[filled], count[filled]


def expected_calibration_error(probabilities: Floats, truth: NDArray[np.integer], bins: int = 15) -> float:
    """Mean distance between confidence and accuracy over equal-width bins (Guo et al., section 2)."""
    said, right, count = reliability_bins(probabilities, truth, bins)
    return float(count @ np.abs(said - right) / count.sum())
