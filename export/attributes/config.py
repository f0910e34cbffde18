"""The numbers of the attributes runs, each with its reason."""

from dataclasses import dataclass
from types import MappingProxyType

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
TEACHER = Frozen(width=1024, layers=2, dropout=0.25, noise=0.4, rate=2.3e-3)
"""The teacher (shipped until 3.1): a new perceptron on what variant (b) sees; the numbers that the search found best."""


@dataclass(frozen=True)
class Stage:
    """A part of variant (c), shipped: another backbone, whole, and taught; each goes on from the one before."""

    name: str
    epochs: float
    rate: float
    """Times the learning rates below."""
    whole: bool
    """Whether the backbone learns too."""
    disturbance: Disturbance
    seed: int
    """Of the order of the faces and of what is done to them: with one seed for all, a stage would see what the last one saw."""

    def plan(self, examples: int) -> Plan:
        """For so many training faces."""
        return Plan(examples, self.epochs, batch=64, validate_every=600, weight_decay=0.05, seed=self.seed)


CALM = Disturbance(
    rotation=4.0,
    zoom=0.04,
    shift=0.015,
    light=0.15,
    grey=0.05,
    low_resolution=0.1,
    jpeg=0.1,
    erase=0.0,
    black_border=0.1,
)
"""Near what is served."""
LIVELY = Disturbance(rotation=6.0, erase=0.1, sharpen=0.1)
TAUGHT_STAGES = (
    Stage("heads", 0.25, 1.0, False, CALM, 1),
    Stage("whole", 5.0, 1.0, True, LIVELY, 2),
    Stage("again", 1.6, 0.5, True, LIVELY, 3),
)
"""The perceptron first, so that it does not shake the backbone."""
TAUGHT_HEAD_RATE, TAUGHT_BACKBONE_RATE, TAUGHT_RATE_DECAY = 1.5e-3, 8e-4, 0.85
"""AdamW; slower from stage to stage towards the input. Its batch norms allow more than the folded backbone bears."""
TAUGHT_WIDTH, TAUGHT_DROPOUT = 512, 0.3
TEACHER_SHARE = 0.5
"""Of each target: the teacher's two passes say how sure one can be, a label does not."""
SMOOTHING = 0.03
"""Of the labels: annotators err."""
EXACT_YEARS_WEIGHT, GROUP_YEARS_WEIGHT = 1.2, 0.4
"""Of the absolute error of the expected age, per ten years: of a labelled age, and of the middle of a labelled group."""
REPEATED = MappingProxyType({"0-2": 2, "60-69": 2, "more than 70": 3})
"""How often a training face of a rare age group comes in an epoch."""
