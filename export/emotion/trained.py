"""Train the emotion net on FER-2013 and FER+ and calibrate it."""

from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import nn

from export.cache import runs
from export.datasets import Archive
from export.emotion import config, learner
from export.emotion.architecture import EMOTIONS, EmotionNet
from export.emotion.config import Stage
from export.emotion.served import OUTPUTS, Served
from export.training import calibration, dlib_resnet
from export.training.augment import STILL
from export.training.faces import Faces, load
from export.training.images import images
from export.training.loop import fit
from export.training.norms import add_norms, fold_norms, has_norms
from export.training.trained import Split, Trained

_WATCHED = 1500  # dev faces that the log follows; the card measures all of them
_SEED = 20261123
_MEASURED = 256  # faces whose statistics the batch norms start with


class Run:
    """One run of the recipe; resumes from the cache, and a finished run is only read."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or runs("emotion")

    @cached_property
    def faces(self) -> Split:
        """FER-2013's faces."""
        return read_faces()

    @cached_property
    def net(self) -> EmotionNet:
        """The averaged weights at the end of the last stage."""
        torch.manual_seed(_SEED)
        net = EmotionNet(dlib_resnet.pretrained())
        begun = [
            i
            for i, stage in enumerate(config.STAGES)
            if (self.folder / stage.name / "checkpoint.pt").exists()
        ]
        for stage in config.STAGES[max(begun, default=0) :]:
            net = self._fitted(net, stage)
        fold_norms(net)
        return net

    def _fitted(self, net: EmotionNet, stage: Stage) -> EmotionNet:
        fitted = self.faces.fitted.repeated(lambda row: stage.disgust if row["label"] == "disgust" else 1)
        net.backbone.frozen, net.dropout.p = stage.frozen, stage.dropout
        if stage.norms and not has_norms(net):
            still = images(
                fitted, range(_MEASURED), config.WINDOW, config.SIZE, STILL, np.random.default_rng(0)
            )
            add_norms(net, net.backbone.blocks[:-1], still)  # the last block is not used
        net.to(memory_format=torch.channels_last)
        fitting = learner.EmotionLearner(
            net, learner.layerwise(net, stage.rate), fitted, self.faces.watched, stage
        )
        trained = fit(fitting, stage.plan(len(fitted)), self.folder / stage.name)
        return cast(EmotionNet, trained)

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
            "version": "2.1.0",
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
