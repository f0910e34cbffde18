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


def expected_calibration_error(probabilities: Floats, truth: NDArray[np.integer], bins: int = 15) -> float:
    """Mean distance between confidence and accuracy over equal-width bins (Guo et al., section 2)."""
    confidence, right = probabilities.max(1), probabilities.argmax(1) == truth
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        (place == b).mean() * abs(confidence[place == b].mean() - right[place == b].mean())
        for b in range(bins)
        if (place == b).any()
    ]
    return float(np.sum(gaps))


def quantile_widening(low: Floats, high: Floats, truth: Floats, coverage: float) -> float:
    """What to add on both sides so that [low, high] covers `coverage` of the truth; may be negative.

    Conformalised quantile regression (Romano et al., NeurIPS 2019, equation 5), with its finite-sample correction.
    """
    scores = np.sort(np.maximum(low - truth, truth - high))
    rank = min(len(scores) - 1, int(np.ceil((len(scores) + 1) * coverage)) - 1)
    return float(scores[rank])
