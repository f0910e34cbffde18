"""The numbers of the run, each with its reason; what is not here is the shipped recipe's (export/emotion/config.py)."""

from types import MappingProxyType

from export.training.augment import Disturbance
from export.training.plan import Plan

FROZEN = 1
"""The stem stays as it is; its 32-channel stage is opened, which the shipped model keeps shut."""
DISTURBANCE = Disturbance(
    rotation=10.0,
    zoom=0.1,
    shift=0.035,
    light=0.3,
    grey=0.0,
    low_resolution=0.15,
    jpeg=0.2,
    erase=0.3,
    black_border=0.1,
    sharpen=0.3,
)
"""Stronger, for more passes; FER-2013's pictures are enlarged from 48 pixels and soft, a served face is crisp."""
HEAD_RATE, BACKBONE_RATE, RATE_DECAY = 2e-3, 8e-4, 0.8
"""AdamW, for batches twice as large as the shipped recipe's."""
VOTES_WEIGHT = 1.0
"""Of the second head's loss: it is the only one whose labels ten people gave."""
FEWEST_VOTES = 0.2
"""A choice with a smaller share, one rater of ten alone, is an outlier (Barsoum et al., ICMI 2016, section 4)."""
MIXUP, MIXED = 0.2, 0.5
"""Both parameters of mixup's beta distribution (Zhang et al., ICLR 2018), and the share of steps that mix."""
REPEATED = MappingProxyType({"disgust": 3})
"""How often a training face of a rare emotion comes in an epoch: disgust is one in sixty-five."""


def plan(examples: int, epochs: float = 12) -> Plan:
    """Forty minutes of one CPU core, which is what there was; a longer average of the weights, for steps of mixed pictures."""
    return Plan(
        examples=examples, epochs=epochs, batch=64, validate_every=1500, weight_decay=0.08, average=0.9995
    )
