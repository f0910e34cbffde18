"""Train the emotion net on FER-2013 and FER+ and calibrate it."""

from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import nn

from export.cache import runs
from export.datasets import Archive
from export.emotion import config, learner
from export.emotion.architecture import EMOTIONS, EmotionNet
from export.emotion.served import OUTPUTS, Served
from export.training import calibration, dlib_resnet
from export.training.faces import Faces, load
from export.training.loop import fit
from export.training.trained import Split, Trained

_WATCHED = 1500  # dev faces that the log follows; the card measures all of them
_SEED = 20261123


class Run:
    """One run of the recipe; resumes from the cache, and a finished run is only read."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or runs("emotion")

    @cached_property
    def faces(self) -> Split:
        """FER-2013's faces."""
        return read_faces()

    @cached_property
    def net(self) -> nn.Module:
        """The averaged weights at the end of the run."""
        torch.manual_seed(_SEED)
        net = EmotionNet(dlib_resnet.pretrained(config.FROZEN)).to(memory_format=torch.channels_last)
        fitted = self.faces.fitted
        fitting = learner.EmotionLearner(net, learner.layerwise(net), fitted, self.faces.watched)
        return fit(fitting, config.plan(len(fitted)), self.folder)

    @cached_property
    def temperature(self) -> float:
        """From the held-back faces."""
        return calibrate(self.net, self.faces.held, config.SIZE)

    def trained(self) -> Trained:
        """For the publisher."""
        return Trained(
            lambda: Served(self.net, self.temperature),
            OUTPUTS,
            config.WINDOW,
            config.SIZE,
            self._properties,
            lambda: self.faces.watched,
            "FER-2013 dev faces",
        )

    def _properties(self) -> dict[str, object]:
        return {
            "task": "emotion",
            "name": "dlib-fer",
            "version": "2.0.1",
            "labels": {"emotion": list(EMOTIONS)},
            "licence": {
                "weights": "research only, as the training data; from dlib's weights (public domain)",
                "training_data": "FER-2013: research use; FER+ labels: MIT",
            },
            "training_data": "FER-2013 with FER+ votes; the backbone before it: FaceScrub, VGG-Face and web pictures",
            "source": f"recipe export/emotion/trained.py on {dlib_resnet.WEIGHTS.source}",
            "calibration": {"temperature": self.temperature},
        }


def read_faces() -> Split:
    """FER-2013's faces to fit, to calibrate on, and to watch."""
    archive = Archive("fer2013")
    train = load(archive, archive.rows("train"), learner.usable, undetected=True)
    watched = load(archive, archive.rows("dev")[:_WATCHED], learner.usable, undetected=True)
    print(f"FER-2013 train: {dict(train.report)}")
    return Split.of(train, watched, config.HELD_BACK)


def calibrate(net: nn.Module, held: Faces, size: int) -> float:
    """The temperature on faces that were not fitted."""
    truth = np.asarray([EMOTIONS.index(row["label"]) for row in held.rows])
    return calibration.temperature(learner.predict(net, held, size).numpy(), truth)
