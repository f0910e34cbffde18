"""The numbers of the attributes runs, each with its reason."""

from dataclasses import dataclass

from export.training.augment import Disturbance
from export.training.plan import Plan

SIZE = 112
WINDOW = (16, 16, 240, 240)
"""The classic 112-pixel crop, which the backbone was trained on."""
HELD_BACK = 1000
"""Training faces kept from fitting: the temperatures and the age interval are calibrated on them."""
SERVICE_TEST_WEIGHT = 0.1
"""The flag of FairFace's service-test subset says nothing about a face: it is trained, not served, and kept small."""
YEARS_WEIGHT = 0.5
"""Of the absolute error of the expected age, per ten years: the error that is reported is also trained."""


MILD = Disturbance(
    rotation=4.0,
    zoom=0.04,
    shift=0.015,
    light=0.15,
    grey=0.05,
    low_resolution=0.15,
    jpeg=0.15,
    erase=0.05,
    black_border=0.0,
)
"""Frozen layers cannot learn to see through more."""
STRONG = Disturbance()


@dataclass(frozen=True)
class Frozen:
    """Variant (a): a perceptron on frozen features. `search.py` looks for better numbers."""

    width: int = 512
    layers: int = 1
    dropout: float = 0.5
    noise: float = 0.2
    """Standard deviation added to the standardised features: stands for the views that were not computed."""
    rate: float = 2e-3
    disturbance: Disturbance = MILD

    def plan(self, examples: int) -> Plan:
        """Eight epochs, ten seconds of one core; more of them overfit."""
        return Plan(
            examples,
            8,
            batch=256,
            warmup=0.1,
            weight_decay=0.05,
            average=0.98,
            validate_every=100,
            bfloat16=False,
        )


@dataclass(frozen=True)
class Tuned:
    """Variant (b): variant (a) goes on with the upper half of its backbone opened."""

    opened: int = 7
    """All blocks at 14x14; the blocks below stay frozen: edges transfer, and they cost half of the backward pass."""
    heads_rate: float = 1e-3
    backbone_rate: float = 3e-4
    """Folded batch norms make the backbone touchy: much less than the heads."""
    decay: float = 0.6
    """Of the rate, for the opened blocks below the last stage."""
    disturbance: Disturbance = STRONG

    def plan(self, examples: int) -> Plan:
        """Two and a half epochs, what half an hour of one CPU core does (28 ms a picture)."""
        return Plan(examples, 2.5, batch=32, validate_every=400)


FROZEN = Frozen()
TUNED = Tuned()
REFIT = Frozen(width=1024, layers=2, dropout=0.25, noise=0.4, rate=2.3e-3)
"""Variant (c), shipped: a new perceptron on what variant (b) sees; these are the numbers that the search found best."""
REFIT_HELD_BACK = 1500
"""Of its faces, for the temperatures and for the interval in each decade."""
