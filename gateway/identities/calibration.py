"""From similarity to error rates and back: what the embedder's calibration says of a score."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from contracts.models import ModelDescription
from contracts.problems import FieldError
from web.problems import InvalidRequestError

_LOWEST_RATE = 1e-12


@dataclass(frozen=True)
class Calibration:
    """Measured thresholds of an embedder.

    `points` are (false match rate, lowest cosine that matches), rates falling. Between them, and beyond them on the line
    through the nearest two, log10(rate) is linear in the cosine: an exponential tail. Beyond the last point that errs on
    the safe side, as the tail of real impostor scores falls at least that fast (generalised Pareto with shape <= 0).
    """

    points: tuple[tuple[float, float], ...]
    slope: float | None = None
    intercept: float | None = None

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, Any] | None) -> "Calibration | None":
        """The `hexaface.calibration` of a model; None when it has none that can be read."""
        try:
            entries = (metadata or {})["thresholds"]
            points = sorted(
                ((float(e["false_match_rate"]), float(e["cosine"])) for e in entries), reverse=True
            )
        except (KeyError, TypeError, ValueError):
            return None
        if len(points) < 2 or any(a[0] <= b[0] or a[1] >= b[1] for a, b in pairwise(points)):  # noqa: PLR2004  # a line needs two
            return None
        logistic = (metadata or {}).get("probability") or {}
        return cls(tuple(points), logistic.get("slope"), logistic.get("intercept"))

    def threshold(self, rate: float) -> float:
        """The cosine that a share `rate` of impostor pairs reaches."""
        rate = max(rate, _LOWEST_RATE)
        (r0, c0), (r1, c1) = self._segment(lambda point: point[0] > rate)
        share = math.log10(rate / r0) / math.log10(r1 / r0)
        return min(1.0, c0 + share * (c1 - c0))

    def rate(self, cosine: float) -> float:
        """The share of impostor pairs that reach `cosine`."""
        (r0, c0), (r1, c1) = self._segment(lambda point: point[1] < cosine)
        exponent = math.log10(r0) + (cosine - c0) / (c1 - c0) * math.log10(r1 / r0)
        return float(min(1.0, max(_LOWEST_RATE, 10.0**exponent)))

    def probability(self, cosine: float) -> float | None:
        """The probability that two pictures show the same person, when both answers are equally likely beforehand."""
        if self.slope is None or self.intercept is None:
            return None
        return 1 / (1 + math.exp(-max(-500.0, min(500.0, self.slope * cosine + self.intercept))))

    def _segment(self, before: Any) -> tuple[tuple[float, float], tuple[float, float]]:
        passed = sum(1 for point in self.points if before(point))
        first = min(max(passed - 1, 0), len(self.points) - 2)
        return self.points[first], self.points[first + 1]


def calibration_of(embedder: ModelDescription) -> Calibration | None:
    """The calibration that the embedder carries in its metadata."""
    return Calibration.from_metadata(embedder.calibration)


def needed_calibration(calibration: Calibration | None) -> Calibration:
    """The calibration. Raises InvalidRequestError when the model has none: then the caller must name a threshold."""
    if calibration is None:
        raise InvalidRequestError(
            "the embedder carries no calibration; name a threshold",
            errors=[FieldError(field="threshold", reason="is needed for a model without calibration")],
        )
    return calibration


def lowest_match(
    threshold: float | None, false_match_rate: float, calibration: Calibration | None
) -> tuple[float, float | None]:
    """The lowest cosine that matches, and the share of pairs of different people that reach it, where that is known.

    Raises InvalidRequestError when there is neither a threshold nor a calibration.
    """
    if threshold is None:
        return needed_calibration(calibration).threshold(false_match_rate), false_match_rate
    return threshold, calibration.rate(threshold) if calibration else None


def rate_per_comparison(false_positive_rate: float, gallery: int) -> float:
    """The false match rate of one comparison that gives a search of `gallery` faces the stated false positive rate.

    FPIR = 1 - (1 - FMR)^N for N independent comparisons (Jain, Ross, Prabhakar: An Introduction to Biometric Recognition,
    IEEE Trans. CSVT 14(1), 2004, section II: FMR_N), solved for FMR. Faces of one subject are not independent: counting
    each of them is the safe side.
    """
    return -math.expm1(math.log1p(-false_positive_rate) / max(1, gallery))


def euclidean(cosine: float) -> float:
    """The distance of two unit vectors of the given cosine: sqrt(2 - 2 cos)."""
    return math.sqrt(max(0.0, 2 - 2 * cosine))


def cosine_of(distance: float) -> float:
    """The cosine of two unit vectors at the given Euclidean distance."""
    return 1 - distance * distance / 2
