"""The attributes graph as it is served: pictures in; years, their interval and probabilities out."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from export.attributes.architecture import AGES, AttributesNet, expectation

OUTPUTS = ("age", "age_low", "age_high", "gender", "race")
COVERAGE = 0.8


@dataclass(frozen=True)
class Calibration:
    """Measured on held-back training faces."""

    gender: float = 1.0
    """Temperature."""
    race: float = 1.0
    """Temperature."""
    widening: float = 0.0
    """Years added to both ends of the interval."""


class Served(nn.Module):
    """uint8 (n, size, size, 3) RGB -> age (n,), age_low (n,), age_high (n,), gender (n, 2), race (n, 7)."""

    def __init__(self, net: AttributesNet, calibration: Calibration) -> None:
        super().__init__()
        self.net, self.calibration = net, calibration
        # Row i of the product with this matrix is the cumulative distribution at age i.
        self.register_buffer("cumulate", torch.tril(torch.ones(AGES, AGES)).T.contiguous(), persistent=False)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Final numbers, ready for the service."""
        logits = self.net(image.permute(0, 3, 1, 2).float())
        age = expectation(logits["age"])
        low, high = self.interval(logits["age"])
        return (
            age,
            torch.minimum(low, age).clamp(min=0),
            torch.maximum(high, age),
            (logits["gender"] / self.calibration.gender).softmax(1),
            (logits["race"] / self.calibration.race).softmax(1),
        )

    def interval(self, age_logits: Tensor) -> tuple[Tensor, Tensor]:
        """The 10 % and 90 % quantiles of the distribution in whole years, widened by the calibration."""
        cumulative = age_logits.softmax(1) @ self.cumulate
        tail = (1 - COVERAGE) / 2
        low = (cumulative < tail).float().sum(1) - self.calibration.widening
        high = (cumulative < 1 - tail).float().sum(1) + self.calibration.widening
        return low, high
