"""How far the interval around an age must reach on both sides, so that it covers its share in every decade of life."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.floating]

COVERAGE = 0.8
KNOTS = 9
"""Predicted ages 0, 10 .. 80, at which both reaches are given; in between they are interpolated."""
_STEPS, _RATE = 400, 0.2
_FIRST_EDGE, _LAST_EDGE = 2.0, 0.2
"""Years: how softly an age counts as inside at the beginning of the fit and at its end."""
_WIDTH_COST, _BEND_COST = 1e-5, 3e-5
"""Of a mean year of width, and of neighbouring knots a year apart: few faces are old, so what they say is smoothed."""


def hats(age: Tensor) -> Tensor:
    """The weight of each knot for a predicted age: (n,) -> (n, KNOTS), linear between two knots."""
    place = (age / 10).clamp(0, KNOTS - 1).unsqueeze(1)
    knots = torch.arange(KNOTS, dtype=torch.float32, device=age.device)
    return (1 - (place - knots).abs()).clamp(min=0)


def fit_reaches(
    age: Floats, low: Floats, high: Floats, truth: Floats, coverage: float = COVERAGE
) -> tuple[Floats, Floats]:
    """Years to take off `low` and to add to `high` at each knot, (KNOTS,) each, possibly negative.

    A coverage that holds for predicted decades (conformal prediction's promise) fails the old, whose age is
    underestimated; so the squared distance to `coverage` is minimised over decades of the true age instead, which the
    two sides can only do by leaning towards it.
    """
    answers, ends = torch.from_numpy(np.stack([age, low, high])).float(), torch.from_numpy(truth).float()
    weights, members = hats(answers[0]), _decades(ends)
    reaches = torch.zeros(2, KNOTS, requires_grad=True)
    optimizer = torch.optim.Adam([reaches], lr=_RATE)
    for edge in np.geomspace(_FIRST_EDGE, _LAST_EDGE, _STEPS):
        down, up = (weights @ reaches.T).T
        after, before = ends - answers[1] + down, answers[2] + up - ends
        inside = torch.sigmoid(after / edge) * torch.sigmoid(before / edge)
        missed = (members @ inside - coverage).square().mean()
        bends = (reaches[:, 1:] - reaches[:, :-1]).square().mean()
        loss = missed + _WIDTH_COST * (down + up).mean() + _BEND_COST * bends
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimizer.step()
    found = reaches.detach().numpy().astype(np.float64)
    return found[0], found[1]


def _decades(truth: Tensor) -> Tensor:
    """One row per decade that occurs, with the share of each of its faces: (decades, n)."""
    decade = (truth / 10).floor().clamp(max=KNOTS - 1)
    members = torch.stack([(decade == d).float() for d in range(KNOTS) if (decade == d).any()])
    return members / members.sum(1, keepdim=True)
