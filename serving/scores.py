"""Probabilities by label, as answers carry them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.analysis import Choice

# Four digits: what the probabilities of these models are good for, and short JSON.
_DIGITS = 4


def choose(labels: Sequence[str], probabilities: NDArray[Any]) -> Choice:
    """The most probable of `labels` with the probability of each, float (len(labels),)."""
    scores = {label: round(float(p), _DIGITS) for label, p in zip(labels, probabilities, strict=True)}
    return Choice(label=labels[int(np.argmax(probabilities))], scores=scores)
