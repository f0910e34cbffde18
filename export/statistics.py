"""The statistics that the evaluations share: intervals, confusion matrices, error rates at thresholds."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z95 = 1.959964
"""The normal distribution's 97.5 % quantile."""

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Share:
    """A share of `count` trials with its 95 % Wilson interval (Wilson, JASA 22, 1927)."""

    value: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, hits: int, count: int) -> "Share":
        """`hits` of `count`; without any trial everything is possible."""
        if count == 0:
            return cls(float("nan"), 0.0, 1.0, 0)
        p, z2 = hits / count, Z95**2
        centre = (p + z2 / (2 * count)) / (1 + z2 / count)
        half = Z95 * math.sqrt(p * (1 - p) / count + z2 / (4 * count**2)) / (1 + z2 / count)
        return cls(p, max(0.0, centre - half), min(1.0, centre + half), count)

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f})"


@dataclass(frozen=True)
class Mean:
    """A mean with its 95 % normal interval."""

    value: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Floats) -> "Mean":
        """The mean of at least two values, float (n,)."""
        mean = float(values.mean())
        half = Z95 * float(values.std(ddof=1)) / math.sqrt(len(values))
        return cls(mean, mean - half, mean + half, len(values))

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f}-{self.high:.2f})"


def confusion(truth: NDArray[np.integer], answer: NDArray[np.integer], classes: int) -> NDArray[np.int64]:
    """Counts, int (classes, classes): a row per true class, a column per answer."""
    return np.bincount(truth * classes + answer, minlength=classes * classes).reshape(classes, classes)


def precision_recall_f1(matrix: NDArray[np.int64]) -> NDArray[np.float64]:
    """(classes, 3): precision, recall and F1 per class of a confusion matrix; 0 where undefined."""
    hits = np.diag(matrix).astype(np.float64)
    precision = hits / np.maximum(matrix.sum(0), 1)
    recall = hits / np.maximum(matrix.sum(1), 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return np.stack([precision, recall, f1], axis=1)


def threshold_at(impostors: Floats, rate: float) -> float:
    """The lowest similarity threshold at which at most `rate` of the impostor scores match (score >= threshold).

    `impostors`: ascending. Raises ValueError with fewer than 10 / rate scores, too few to know the rate at all.
    """
    allowed = math.floor(rate * len(impostors))
    if allowed < 10:  # noqa: PLR2004  # ten events give a relative error of about a third
        raise ValueError(f"{len(impostors)} impostor pairs are too few for a false match rate of {rate}")
    return float(np.nextafter(impostors[-allowed - 1], np.inf))


def area_under_roc(genuine: Floats, impostors: Floats) -> float:
    """The probability that a genuine score lies above an impostor score (ties count half); `impostors` ascending."""
    below = np.searchsorted(impostors, genuine, side="left")
    tied = np.searchsorted(impostors, genuine, side="right") - below
    return float((below + tied / 2).mean() / len(impostors))


def best_threshold(scores: Floats, same: NDArray[np.bool_]) -> float:
    """The threshold with the most right decisions (same when score >= threshold)."""
    order = np.argsort(scores)
    ordered, truth = scores[order], same[order]
    # Deciding "same" from place i on: the different ones below i and the same ones from i on are right.
    right = np.concatenate([[0], np.cumsum(~truth)]) + np.concatenate(
        [[truth.sum()], truth.sum() - np.cumsum(truth)]
    )
    place = int(right.argmax())
    if place == len(ordered):
        return float(np.nextafter(ordered[-1], np.inf))
    return float(ordered[place] if place == 0 else (ordered[place - 1] + ordered[place]) / 2)


def fit_logistic(genuine: Floats, impostors: Floats, *, iterations: int = 50) -> tuple[float, float]:
    """(slope, intercept) of p(same | s) = 1 / (1 + exp(-(slope * s + intercept))) at a prior of 0.5.

    Newton's method on the log-likelihood with the two classes weighted to half each (Platt, 1999, without his
    smoothing: there are thousands of scores).
    """
    scores = np.concatenate([genuine, impostors]).astype(np.float64)
    truth = np.concatenate([np.ones(len(genuine)), np.zeros(len(impostors))])
    weights = np.where(truth == 1, 0.5 / len(genuine), 0.5 / len(impostors))
    design = np.stack([scores, np.ones_like(scores)], axis=1)
    parameters = np.zeros(2)
    for _ in range(iterations):
        p = 1 / (1 + np.exp(-(design @ parameters)))
        gradient = design.T @ (weights * (truth - p))
        hessian = (design * (weights * p * (1 - p))[:, None]).T @ design
        step = np.linalg.solve(hessian + 1e-9 * np.eye(2), gradient)
        parameters += step
        if np.abs(step).max() < 1e-9:  # noqa: PLR2004  # converged
            break
    return float(parameters[0]), float(parameters[1])
