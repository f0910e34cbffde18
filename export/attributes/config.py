"""The numbers of the attributes run, each with its reason."""

from dataclasses import dataclass

from export.training.augment import Disturbance
from export.training.loop import Plan

WINDOW = (20, 36, 240, 256)
"""dlib's own geometry is [27, 55, 228, 256]; a little more forehead, since hair tells gender and age."""
SIZE = 112
"""FairFace's window holds about 110 pixels of the stored 112-pixel picture: more would only be interpolation."""
FROZEN = 2
"""Stem and 32-channel stage stay as they are: edges transfer, and a step costs a third less."""
HELD_BACK = 700
"""Training faces kept from fitting: the temperatures and the age interval are calibrated on them."""

DISTURBANCE = Disturbance()


@dataclass(frozen=True)
class Rates:
    """Peak learning rates (AdamW). Folded batch norms make the backbone touchy: ten times less than the heads."""

    heads: float = 2e-3
    backbone: float = 3e-4
    decay: float = 0.7
    """Per stage downwards: edges and textures are good as they are."""


RATES = Rates()
SERVICE_TEST_WEIGHT = 0.1
"""The flag of FairFace's service-test subset says nothing about a face: it is trained, not served, and kept small."""
YEARS_WEIGHT = 0.5
"""Of the absolute error of the expected age, per ten years: the error that is reported is also trained."""


def plan(examples: int, epochs: float = 3.5) -> Plan:
    """What half a CPU core did in half an hour; on a machine of your own, ten are better (`HEXAFACE_EPOCHS`)."""
    return Plan(examples=examples, epochs=epochs, batch=32, validate_every=500)
