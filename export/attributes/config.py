"""The numbers of the attributes runs, each with its reason."""

from dataclasses import dataclass

from export.training.augment import Disturbance
from export.training.loop import Plan

SIZE = 112
HELD_BACK = 700
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
    """Variant (a), shipped: a perceptron on frozen features. `search.py` looks for better numbers."""

    window: tuple[int, int, int, int] = (16, 16, 240, 240)
    """The classic 112-pixel crop, which the backbone was trained on."""
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
    """Variant (b): dlib's ResNet fine-tuned."""

    window: tuple[int, int, int, int] = (20, 36, 240, 256)
    """dlib's own geometry is [27, 55, 228, 256]; a little more forehead, since hair tells gender and age."""
    frozen: int = 2
    """Stem and 32-channel stage stay as they are: edges transfer, and a step costs a third less."""
    heads_rate: float = 2e-3
    backbone_rate: float = 3e-4
    """Folded batch norms make the backbone touchy: much less than the heads."""
    decay: float = 0.7
    """Per stage downwards."""
    disturbance: Disturbance = STRONG

    def plan(self, examples: int) -> Plan:
        """3.5 epochs, what a third of a CPU core did in twenty minutes; it was still improving."""
        return Plan(examples, 3.5, batch=32, validate_every=500)


FROZEN = Frozen()
TUNED = Tuned()
