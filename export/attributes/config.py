"""The numbers of the attributes run, each with its reason."""

from dataclasses import dataclass

from export.training.augment import Disturbance
from export.training.loop import Plan

WINDOW = (16, 16, 240, 240)
"""The classic 112-pixel crop, which the backbone was trained on."""
SIZE = 112
HELD_BACK = 700
"""Training faces kept from fitting: the temperatures and the age interval are calibrated on them."""
VIEWS = 1
"""Disturbed views per face whose maps are kept (880 MB each for FairFace). Two or three are better where there is time:
each takes three minutes of one core."""

DISTURBANCE = Disturbance(
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
"""Mild: the lower layers are frozen and cannot learn to see through more."""


@dataclass(frozen=True)
class Rates:
    """Peak learning rates (AdamW). Folded batch norms make the backbone touchy: less than the heads."""

    heads: float = 2e-3
    backbone: float = 5e-4


RATES = Rates()
SERVICE_TEST_WEIGHT = 0.1
"""The flag of FairFace's service-test subset says nothing about a face: it is trained, not served, and kept small."""
YEARS_WEIGHT = 0.5
"""Of the absolute error of the expected age, per ten years: the error that is reported is also trained."""


def plan(examples: int, epochs: float = 3) -> Plan:
    """Three epochs, a few minutes of one core: with one view per face more of them overfit."""
    return Plan(
        examples=examples, epochs=epochs, batch=64, validate_every=200, weight_decay=0.05, average=0.998
    )
