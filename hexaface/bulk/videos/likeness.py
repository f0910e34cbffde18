"""How much alike two faces must look, as the embedder was calibrated."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

# Of two faces in the same place a moment later hardly one pair in a hundred are two people.
_MAYBE, _SURE = 1e-2, 1e-4


@dataclass(frozen=True)
class Likeness:
    """Cosine similarities by the share of pairs of different people that reach them."""

    points: tuple[tuple[float, float], ...]
    """(false match rate, cosine), rates falling; at least two."""

    @classmethod
    def of(cls, calibration: Mapping[str, Any] | None) -> Self:
        """From the embedder's metadata. Raises ValueError when it has no calibration."""
        entries = (calibration or {}).get("thresholds", [])
        points = sorted(((e["false_match_rate"], e["cosine"]) for e in entries), reverse=True)
        if len(points) < 2:  # noqa: PLR2004  # a line needs two
            raise ValueError(
                "the embedder carries no calibration, so faces cannot be followed by their looks"
            )
        return cls(tuple(points))

    def cosine(self, rate: float) -> float:
        """What a share `rate` of strangers reaches: log10(rate) is linear in the cosine, beyond the last point too."""
        after = next((i for i, (known, _) in enumerate(self.points) if known <= rate), len(self.points) - 1)
        (r0, c0), (r1, c1) = self.points[max(after, 1) - 1], self.points[max(after, 1)]
        return min(1.0, c0 + math.log10(rate / r0) / math.log10(r1 / r0) * (c1 - c0))

    @property
    def maybe(self) -> float:
        """Enough where nobody else is expected."""
        return self.cosine(_MAYBE)

    @property
    def sure(self) -> float:
        """Enough elsewhere nearby."""
        return self.cosine(_SURE)
