"""The attributes graph as it is served: pictures in; years, their interval and probabilities out."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from export.attributes.architecture import AGES, expectation
from export.attributes.intervals import COVERAGE, KNOTS, hats

OUTPUTS = ("age", "age_low", "age_high", "gender", "race")


@dataclass(frozen=True)
class Calibration:
    """Measured on held-back training faces."""

    gender: float = 1.0
    """Temperature."""
    race: float = 1.0
    """Temperature."""
    down: Sequence[float] = (0.0,) * KNOTS
    """Years taken off the lower end of the interval at the predicted ages 0, 10 .. 80."""
    up: Sequence[float] = (0.0,) * KNOTS
    """Years added to the upper end."""


class Reading(nn.Module):
    """Logits by block -> age (n,), age_low (n,), age_high (n,), gender (n, 2), race (n, 7)."""

    def __init__(self, calibration: Calibration) -> None:
        super().__init__()
        self.calibration = calibration
        # Row i of the product with this matrix is the cumulative distribution at age i.
        self.register_buffer("cumulate", torch.tril(torch.ones(AGES, AGES)).T.contiguous(), persistent=False)
        reaches = torch.tensor([list(calibration.down), list(calibration.up)]).T.contiguous()
        self.register_buffer("reaches", reaches, persistent=False)

    def forward(self, logits: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Final numbers, ready for the service."""
        age, low, high = self.years(logits["age"])
        return (
            age,
            torch.minimum(low, age).clamp(min=0),
            torch.maximum(high, age),
            (logits["gender"] / self.calibration.gender).softmax(1),
            (logits["race"] / self.calibration.race).softmax(1),
        )

    def years(self, age_logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The expected age, and the 10 % and 90 % quantiles in whole years, moved by the calibration."""
        age = expectation(age_logits)
        cumulative = age_logits.softmax(1) @ self.cumulate
        tail = (1 - COVERAGE) / 2
        reach = hats(age) @ self.reaches
        low = (cumulative < tail).float().sum(1) - reach[:, 0]
        high = (cumulative < 1 - tail).float().sum(1) + reach[:, 1]
        return age, low, high


class Served(nn.Module):
    """uint8 (n, size, size, 3) RGB -> what `Reading` gives."""

    def __init__(self, net: nn.Module, calibration: Calibration) -> None:
        super().__init__()
        self.net, self.reading = net, Reading(calibration)

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Final numbers, ready for the service."""
        found: tuple[Tensor, ...] = self.reading(self.net(image.permute(0, 3, 1, 2).float()))
        return found
