"""The numbers of the emotion runs, each with its reason."""

from dataclasses import dataclass, replace

from export.training.augment import Disturbance
from export.training.plan import Plan

WINDOW = (20, 36, 240, 256)
"""From the forehead to below the chin."""
SIZE = 112
"""Smallest side that keeps a 3x3 map; FER-2013's faces have 48 pixels, so more would be interpolation."""
HELD_BACK = 800
"""Training faces kept from fitting, for the temperature."""
HEAD_RATE, BACKBONE_RATE, RATE_DECAY = 1.5e-3, 5e-4, 0.8
"""AdamW. An expression is what a face-recognition net was taught to ignore: the backbone must move further."""
VOTES_WEIGHT = 0.6
"""Of the second head's loss: ten raters' votes say how ambiguous a face is, which one label cannot."""
VOTES_SHARE = 0.15
"""Of the answer: on dev it costs .003 of the agreement with FER-2013's labels and gains .022 with ten raters' majority."""

DISTURBANCE = Disturbance(
    rotation=9.0, zoom=0.08, shift=0.03, grey=0.0, low_resolution=0.1, erase=0.2, black_border=0.1
)
"""FER-2013 is grey and small already; the rest is stronger than for attributes, for more passes over fewer people."""
CRISP = replace(DISTURBANCE, light=0.25, sharpen=0.2)
"""Some faces sharpened: FER-2013's are enlarged and soft, a served one is not."""
CALM = Disturbance(
    rotation=4.0,
    zoom=0.05,
    shift=0.02,
    light=0.15,
    grey=0.0,
    low_resolution=0.05,
    jpeg=0.1,
    erase=0.0,
    black_border=0.1,
    sharpen=0.1,
)
"""Near what is served."""


@dataclass(frozen=True)
class Stage:
    """A part of the run; each goes on from the averaged weights of the one before."""

    name: str
    epochs: float
    batch: int
    rate: float
    """Times the learning rates above."""
    frozen: int
    """Stages of the backbone from the input upwards that keep their weights; a frozen one costs no backward pass."""
    norms: bool
    """Whether the backbone gets its batch norms back."""
    dropout: float
    smoothing: float
    """Of the labels: people agree with them about two times in three."""
    translated: float
    """The share of the label's target that ten raters' votes say (see `export.emotion.votes`)."""
    fewest_votes: float
    """A choice with a smaller share of the votes is an outlier (Barsoum et al., ICMI 2016, section 4)."""
    disgust: int
    """How often a face with this rare label, one in sixty-five, comes in an epoch."""
    disturbance: Disturbance

    def plan(self, examples: int) -> Plan:
        """For so many training faces."""
        return Plan(examples, self.epochs, batch=self.batch, validate_every=700, weight_decay=0.05)


FIRST = Stage("first", 16, 32, 1.0, 2, False, 0.4, 0.1, 0.0, 0.0, 1, DISTURBANCE)
"""An hour of one core (4.6 ms a picture); it ends at .72 of its own training faces, so it wants more fitting, not less."""
NORMED = Stage("normed", 18, 64, 1.0, 1, True, 0.25, 0.05, 0.3, 0.2, 3, CRISP)
"""With batch norms the same steps fit further, and all but the stem moves."""
QUIET = Stage("quiet", 3, 64, 0.2, 1, True, 0.25, 0.05, 0.3, 0.2, 3, CALM)
"""The last epochs on faces as they are served."""
STAGES = (FIRST, NORMED, QUIET)
