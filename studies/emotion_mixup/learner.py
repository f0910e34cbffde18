"""Fit an emotion net to mixed pictures, and to votes without outliers."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.emotion import config as shipped
from export.emotion.architecture import COLUMNS, EMOTIONS, EmotionNet, vote_shares
from export.emotion.learner import EmotionLearner, Groups
from export.training.augment import STILL
from export.training.faces import Faces
from export.training.images import images
from studies.emotion_mixup import config

_CHUNK = 64


def layerwise(net: EmotionNet) -> Groups:
    """Heads fast, the backbone slower from stage to stage towards the input."""
    stages = net.backbone.stages()
    rates = [config.BACKBONE_RATE * config.RATE_DECAY**depth for depth in reversed(range(len(stages)))]
    heads = {"params": [*net.emotion.parameters(), *net.votes.parameters()], "lr": config.HEAD_RATE}
    return [heads, *({"params": stage, "lr": rate} for stage, rate in zip(stages, rates, strict=True))]


class MixupLearner(EmotionLearner):
    """The shipped learner with mixup and without lone votes; validated in one pass."""

    def __init__(self, model: EmotionNet, train: Faces, watched: Faces) -> None:
        super().__init__(model, layerwise(model), train, watched, config.DISTURBANCE)

    def loss(self, batch: Sequence[Tensor]) -> Tensor:
        """Smoothed cross-entropy of the labels and cross-entropy of the votes, in some steps of mixed pictures."""
        image, labels, votes = batch
        votes = vote_shares(torch.where(votes >= config.FEWEST_VOTES, votes, 0))
        share, other = mixed_share(), torch.randperm(len(image), device=image.device)
        emotion, shares = self.model(share * image + (1 - share) * image[other])
        own, mixed_in = (
            _loss(emotion.float(), shares.float(), labels[chosen], votes[chosen])
            for chosen in (torch.arange(len(image), device=image.device), other)
        )
        return share * own + (1 - share) * mixed_in

    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """Accuracy of the label head in one pass on undisturbed windows."""
        labels = np.array([EMOTIONS.index(row["label"]) for row in self.watched.rows])
        found, _ = predict(model, self.watched)
        return {"accuracy": float((found.argmax(1).numpy() == labels).mean())}


def mixed_share() -> float:
    """The share of each picture's own in this step's mixture, 1 for none; from torch's seed."""
    if torch.rand(()) >= config.MIXED:
        return 1.0
    return float(torch.distributions.Beta(config.MIXUP, config.MIXUP).sample())


def predict(model: nn.Module, faces: Faces) -> tuple[Tensor, Tensor]:
    """Probabilities (n, 7) by the label head and by the votes head, one pass over undisturbed windows."""
    parts = []
    place, rng = next(model.parameters()).device, np.random.default_rng(0)
    model.eval()
    with torch.inference_mode():
        for first in range(0, len(faces), _CHUNK):
            chosen = range(first, min(len(faces), first + _CHUNK))
            image = images(faces, chosen, shipped.WINDOW, shipped.SIZE, STILL, rng).to(place)
            parts.append([head.float().cpu() for head in model(image)])
    labels, votes = (torch.cat(head) for head in zip(*parts, strict=True))
    return labels.softmax(1), votes[:, list(COLUMNS)].softmax(1)


def _loss(emotion: Tensor, shares: Tensor, labels: Tensor, votes: Tensor) -> Tensor:
    first = F.cross_entropy(emotion, labels, label_smoothing=shipped.SMOOTHING)
    return first + config.VOTES_WEIGHT * F.cross_entropy(shares, votes)
