"""Fit the weights of a face's confidence to faces whose error is known, and measure what it is worth."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

_RIDGE = 1e-3
"""Of the weights, per face: keeps a sign that tells nothing near 0."""

Floats = NDArray[np.float64]


def fit_weights(found: Sequence[Mapping[str, float]], failed: NDArray[np.bool_]) -> dict[str, float]:
    """The weight of each sign and the `bias`: logistic regression, no weight below 0, so that no sign of doubt speaks for a face."""
    names = list(found[0])
    values = np.array([[face[name] for name in names] for face in found])
    scale = values.std(axis=0) + 1e-9

    def loss(parameters: Floats) -> tuple[float, Floats]:
        doubt = values / scale @ parameters[:-1] - parameters[-1]
        chance = 1.0 / (1.0 + np.exp(-doubt))
        likelihood = np.logaddexp(0.0, doubt) - failed * doubt
        wrong = (chance - failed) / len(failed)
        slope = np.append(wrong @ (values / scale) + _RIDGE * parameters[:-1], -wrong.sum())
        return float(likelihood.mean() + _RIDGE / 2 * (parameters[:-1] ** 2).sum()), slope

    start = np.append(np.full(len(names), 0.1), 3.0)
    bounds = [(0.0, None)] * len(names) + [(None, None)]
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    weights = dict(zip(names, (best[:-1] / scale).tolist(), strict=True))
    return {name: round(value, 4) for name, value in {**weights, "bias": float(best[-1])}.items()}


def risk_at_coverage(confidences: Floats, errors: Floats) -> Floats:
    """The mean error of the surest 1, 2, ... n faces, (n,): faces of equal confidence share their mean error."""
    order = np.argsort(-confidences, kind="stable")
    _, first, counts = np.unique(-confidences[order], return_index=True, return_counts=True)
    shared = np.add.reduceat(errors[order], first) / counts
    return np.asarray(np.cumsum(np.repeat(shared, counts)) / np.arange(1, len(errors) + 1), np.float64)


def calibration_error(confidences: Floats, failed: NDArray[np.bool_], bins: int = 10) -> float:
    """The expected distance between confidence and the share of faces that did not fail, over bins of equal size."""
    order = np.argsort(confidences)
    parts = [part for part in np.array_split(order, bins) if len(part)]
    apart = [abs(confidences[part].mean() - (~failed[part]).mean()) * len(part) for part in parts]
    return float(sum(apart) / len(confidences))
