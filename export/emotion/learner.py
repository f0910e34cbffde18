"""Fit an emotion net to FER-2013 labels and FER+ votes on disturbed windows of the chip."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.datasets import Row
from export.emotion import config
from export.emotion.architecture import EMOTIONS, VOTES, EmotionNet, expressions
from export.emotion.config import Stage
from export.emotion.votes import translated, vote_shares
from export.training.augment import STILL
from export.training.faces import Faces
from export.training.images import images

_CHUNK = 64


def usable(row: Row) -> bool:
    """Whether a line has a known emotion and is no copy of a dev picture."""
    return row.get("label") in EMOTIONS and row.get("dup_of_dev") != "1"


Groups = Sequence[dict[str, Any]]


def layerwise(net: EmotionNet, rate: float = 1.0) -> Groups:
    """Heads fast, the backbone slower from stage to stage towards the input; all `rate` times as fast as configured."""
    heads = [*net.emotion.parameters(), *net.votes.parameters()]
    stages = net.backbone.stages()
    return [
        {"params": heads, "lr": rate * config.HEAD_RATE},
        *(
            {
                "params": stage,
                "lr": rate * config.BACKBONE_RATE * config.RATE_DECAY ** (len(stages) - 1 - depth),
            }
            for depth, stage in enumerate(stages)
        ),
    ]


class EmotionLearner:
    """Fits `model`, which gives logits of labels and of votes, to `train`; watches `watched`."""

    def __init__(
        self,
        model: nn.Module,
        groups: Groups,
        train: Faces,
        watched: Faces,
        stage: Stage = config.FIRST,
        size: int = config.SIZE,
    ) -> None:
        """`groups`: the model's parameters with their learning rates."""
        self.model, self.train, self.watched = model, train, watched
        self.stage, self.size = stage, size
        self._groups = groups
        labels = torch.tensor([EMOTIONS.index(row["label"]) for row in train.rows])
        votes = torch.tensor([[float(row[f"v_{name}"]) for name in VOTES] for row in train.rows])
        self._votes = vote_shares(votes, stage.fewest_votes)
        self._labels = F.one_hot(labels, len(EMOTIONS)).float()
        if stage.translated:
            said = translated(vote_shares(votes), labels)
            self._labels = (1 - stage.translated) * self._labels + stage.translated * said

    def parameter_groups(self) -> Groups:
        """As given."""
        return self._groups

    def batch(self, indices: Sequence[int], rng: np.random.Generator) -> Sequence[Tensor]:
        """Images (n, 3, size, size) 0..255, probabilities of the labels (n, 7), shares of the votes (n, 8)."""
        image = images(self.train, indices, config.WINDOW, self.size, self.stage.disturbance, rng)
        return image, self._labels[list(indices)], self._votes[list(indices)]

    def loss(self, batch: Sequence[Tensor]) -> Tensor:
        """Smoothed cross-entropy of the labels and cross-entropy of the votes."""
        image, labels, votes = batch
        emotion, shares = self.model(image)
        first = F.cross_entropy(emotion.float(), labels, label_smoothing=self.stage.smoothing)
        return first + config.VOTES_WEIGHT * F.cross_entropy(shares.float(), votes)

    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """Accuracy of the served answer on undisturbed windows."""
        labels = np.array([EMOTIONS.index(row["label"]) for row in self.watched.rows])
        found = predict(model, self.watched, self.size).argmax(1).numpy()
        return {"accuracy": float((found == labels).mean())}


def predict(model: nn.Module, faces: Faces, size: int) -> Tensor:
    """Log-probabilities (n, 7) of the undisturbed windows, as they are served but for the temperature, on the CPU."""
    parts = []
    place, rng = next(model.parameters()).device, np.random.default_rng(0)
    model.eval()
    with torch.inference_mode():
        for first in range(0, len(faces), _CHUNK):
            chosen = range(first, min(len(faces), first + _CHUNK))
            image = images(faces, chosen, config.WINDOW, size, STILL, rng).to(place)
            parts.append(expressions(model, image, config.VOTES_SHARE).cpu())
    return torch.cat(parts)
