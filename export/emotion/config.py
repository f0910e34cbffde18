"""The numbers of the emotion runs, each with its reason."""

from types import MappingProxyType

from export.training.augment import Disturbance
from export.training.plan import Plan

WINDOW = (20, 36, 240, 256)
"""From the forehead to below the chin."""
SIZE = 112
"""Smallest side that keeps a 3x3 map; FER-2013's faces have 48 pixels, so more would be interpolation."""
FROZEN = 1
"""The stem stays as it is: edges transfer. Its 32-channel stage is opened, which today's model (2.0) kept shut."""
HELD_BACK = 800
"""Training faces kept from fitting, for the temperature and the votes' share."""

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
"""FER-2013 is grey and small already; the rest is stronger than for attributes, for more passes over fewer people. Its
pictures are enlarged from 48 pixels and soft, a served face is crisp: some are sharpened."""

HEAD_RATE, BACKBONE_RATE, RATE_DECAY = 2e-3, 8e-4, 0.8
"""AdamW. An expression is what a face-recognition net was taught to ignore: the backbone must move further."""
SMOOTHING = 0.1
"""Of the labels: people agree with them about two times in three."""
VOTES_WEIGHT = 1.0
"""Of the second head's loss: ten raters' votes say how ambiguous a face is, which one label cannot."""
FEWEST_VOTES = 2
"""A choice that one rater of ten made alone is an outlier (Barsoum et al., ICMI 2016, section 4)."""
VOTES_SHARE = 0.15
"""Of the answer: on dev it costs .003 of the agreement with FER-2013's labels and gains .022 with ten raters' majority."""
MIXUP, MIXED = 0.2, 0.5
"""Both parameters of mixup's beta distribution (Zhang et al., ICLR 2018), and the share of steps that mix."""
REPEATED = MappingProxyType({"disgust": 3})
"""How often a training face of a rare emotion comes in an epoch: disgust is one in sixty-five."""


def plan(examples: int, epochs: float = 12) -> Plan:
    """Half an hour of one CPU core, which is what there was; a longer average of the weights, for steps of mixed pictures."""
    return Plan(
        examples=examples, epochs=epochs, batch=64, validate_every=1500, weight_decay=0.08, average=0.9995
    )
