"""The numbers of the run, each with its reason."""

from types import MappingProxyType

from export.training.augment import Disturbance
from export.training.plan import Plan

SIZE = 112
"""Smallest side that keeps a 3x3 map; the training pictures have 112 pixels themselves."""
WINDOW = (0, 0, 256, 256)
"""The whole chip: hair, ears and neck say more of age and gender than a closer crop would gain in detail."""
FROZEN = 2
"""Stem and 32-channel stage stay as they are: edges transfer, and a step costs a third less."""

DISTURBANCE = Disturbance(
    rotation=7.0,
    zoom=0.06,
    shift=0.025,
    light=0.2,
    grey=0.1,
    low_resolution=0.2,
    jpeg=0.2,
    erase=0.2,
    black_border=0.2,
    sharpen=0.2,
)
"""What detectors, cameras and codecs do; some are sharpened, as the training pictures were reduced by others."""

WEIGHTS = MappingProxyType({"group": 1.0, "gender": 1.0, "race": 1.2})
"""Of the cross-entropies: race has the most room."""
SMOOTHING = MappingProxyType({"group": 0.05, "gender": 0.02, "race": 0.05})
"""Of the labels: about as many of them as annotators would give otherwise."""
YEARS_WEIGHT = 0.5
"""Of the absolute error of the expected age, per ten years: the error that is reported is also trained."""

HEAD_RATE, BACKBONE_RATE, RATE_DECAY = 1.5e-3, 6e-4, 0.8
"""AdamW: age and race are what a face-recognition net half knows, so the backbone moves less than for expressions."""


def plan(examples: int, epochs: float = 5) -> Plan:
    """Half an hour of one CPU core, which is what there was. The average of the weights spans two thousand steps."""
    return Plan(
        examples,
        epochs,
        batch=64,
        validate_every=1500,
        weight_decay=0.05,
        warmup=0.04,
        average=0.9995,
    )
