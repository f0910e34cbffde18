"""Fit the net to age, gender and race at once, with smoothed labels, on disturbed windows of the chip."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.attributes.architecture import expectation
from export.attributes.labels import UNKNOWN
from export.attributes.learner import Logits, Targets, predict
from export.training.augment import Disturbance
from export.training.faces import Faces
from export.training.images import images
from studies.attributes_dlib import config
from studies.attributes_dlib.architecture import DlibAttributes


def joint_loss(logits: Logits, classes: Tensor, distribution: Tensor, years: Tensor) -> Tensor:
    """The multi-categorical loss: one cross-entropy per block, added up, and the expected age's error."""
    blocks = [
        weight * known_cross_entropy(logits[name].float(), classes[:, column], config.SMOOTHING[name])
        for column, (name, weight) in enumerate(config.WEIGHTS.items())
    ]
    age = F.cross_entropy(logits["age"].float(), distribution)
    error = F.l1_loss(expectation(logits["age"]), years.float()) / 10
    return torch.stack([*blocks, age, config.YEARS_WEIGHT * error]).sum()


def known_cross_entropy(logits: Tensor, classes: Tensor, smoothing: float) -> Tensor:
    """The mean over the whole batch, unknown labels adding nothing: a batch without a known one has loss 0."""
    total = F.cross_entropy(logits, classes, ignore_index=UNKNOWN, reduction="sum", label_smoothing=smoothing)
    return total / len(classes)


class DlibLearner:
    """Fits `model` to freshly disturbed pictures of `train`; watches `watched`."""

    def __init__(
        self,
        model: DlibAttributes,
        train: Faces,
        watched: Faces,
        disturbance: Disturbance = config.DISTURBANCE,
    ) -> None:
        self.model, self.train, self.watched, self.disturbance = model, train, watched, disturbance
        self._targets, self._expected = Targets.of(train.rows), Targets.of(watched.rows)

    def parameter_groups(self) -> Sequence[dict[str, Any]]:
        """Perceptron and heads fast, the backbone slower from stage to stage towards the input."""
        model, stages = self.model, self.model.backbone.stages()
        return [
            {"params": [*model.trunk.parameters(), *model.heads.parameters()], "lr": config.HEAD_RATE},
            *(
                {"params": stage, "lr": config.BACKBONE_RATE * config.RATE_DECAY ** (len(stages) - 1 - depth)}
                for depth, stage in enumerate(stages)
            ),
        ]

    def batch(self, indices: Sequence[int], rng: np.random.Generator) -> Sequence[Tensor]:
        """Images (n, 3, 112, 112) 0..255, and the targets."""
        image = images(self.train, indices, config.WINDOW, config.SIZE, self.disturbance, rng)
        return image, *self._targets.batch(indices)

    def loss(self, batch: Sequence[Tensor]) -> Tensor:
        """The joint loss."""
        return joint_loss(self.model(batch[0]), *batch[1:])

    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """Scores on undisturbed windows."""
        return self._expected.score(predict(model, self.watched, config.WINDOW, config.SIZE))
