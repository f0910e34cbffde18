"""The joint loss over age, gender and race, on disturbed windows of the chip."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from export.attributes import config
from export.attributes.architecture import AttributesNet, expectation
from export.attributes.labels import (
    MIDDLES,
    UNKNOWN,
    fairface_targets,
    group_distribution,
    utkface_targets,
    year_distribution,
)
from export.datasets import Row
from export.training.augment import STILL, Disturbance, crop
from export.training.faces import Faces

_CHUNK = 64


def usable(row: Row) -> bool:
    """Whether a line of FairFace or UTKFace has labels that can be trained on."""
    try:
        targets(row)
    except (KeyError, ValueError):
        return False
    return True


def targets(row: Row) -> tuple[tuple[int, int, int, int], NDArray[np.float32], float]:
    """Class numbers (group, gender, race, flag), the age distribution (101,) and the age in years."""
    if "service_test" in row:
        classes = fairface_targets(row)
        return classes, group_distribution(classes[0]), MIDDLES[classes[0]]
    return utkface_targets(row), year_distribution(int(row["age"])), float(row["age"])


class AttributesLearner:
    """Fits `model` to `train`, watches `watched`."""

    def __init__(
        self,
        model: AttributesNet,
        train: Faces,
        watched: Faces,
        disturbance: Disturbance = config.DISTURBANCE,
    ) -> None:
        self.model, self.train, self.watched, self.disturbance = model, train, watched, disturbance
        self._targets = [targets(row) for row in train.rows]

    def parameter_groups(self) -> Sequence[dict[str, Any]]:
        """Heads fast, the backbone slower from stage to stage towards the input."""
        rates = config.RATES
        stages = self.model.backbone.stages()
        groups = [
            {"params": stage, "lr": rates.backbone * rates.decay ** (len(stages) - 1 - depth)}
            for depth, stage in enumerate(stages)
        ]
        return [{"params": list(self.model.heads.parameters()), "lr": rates.heads}, *groups]

    def batch(self, indices: Sequence[int], rng: np.random.Generator) -> Sequence[Tensor]:
        """Images (n, 3, size, size) 0..255, classes (n, 4), age distributions (n, 101), years (n,)."""
        chosen = [self._targets[i] for i in indices]
        return (
            images(self.train, indices, self.disturbance, rng),
            torch.tensor([t[0] for t in chosen]),
            torch.from_numpy(np.stack([t[1] for t in chosen])),
            torch.tensor([t[2] for t in chosen]),
        )

    def loss(self, batch: Sequence[Tensor]) -> Tensor:
        """The multi-categorical loss: one cross-entropy per block, added up, and the expected age's error."""
        image, classes, distribution, years = batch
        logits = {name: value.float() for name, value in self.model(image).items()}
        total = torch.zeros((), device=image.device)
        weights = {"group": 1.0, "gender": 1.0, "race": 1.0, "service_test": config.SERVICE_TEST_WEIGHT}
        for column, (name, weight) in enumerate(weights.items()):
            known = classes[:, column] != UNKNOWN
            if known.any():
                total = total + weight * F.cross_entropy(logits[name][known], classes[known, column])
        total = total + F.cross_entropy(logits["age"], distribution)
        return total + config.YEARS_WEIGHT * F.l1_loss(expectation(logits["age"]), years.float()) / 10

    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """Accuracies over the blocks and the mean absolute error in years, on undisturbed windows."""
        logits = predict(model, self.watched)
        known = [targets(row) for row in self.watched.rows]
        classes, years = np.array([k[0] for k in known]), np.array([k[2] for k in known])
        found = {}
        for column, name in enumerate(("group", "gender", "race")):
            valid = classes[:, column] != UNKNOWN
            if valid.any():
                found[name] = float((logits[name][valid].argmax(1).numpy() == classes[valid, column]).mean())
        found["age_error"] = float(np.abs(expectation(logits["age"]).numpy() - years).mean())
        return found


def images(
    faces: Faces, indices: Sequence[int], disturbance: Disturbance, rng: np.random.Generator
) -> Tensor:
    """Windows as float (n, 3, size, size), channels last in memory, which is faster on a CPU."""
    crops = [
        crop(faces.pictures[i], faces.to_chip[i], config.WINDOW, config.SIZE, disturbance, rng)
        for i in indices
    ]
    pixels = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)
    return pixels.float().contiguous(memory_format=torch.channels_last)


def predict(model: nn.Module, faces: Faces, *, mirror: bool = False) -> dict[str, Tensor]:
    """Logits by block for undisturbed windows (or their mirror images), on the CPU."""
    parts: list[dict[str, Tensor]] = []
    place = next(model.parameters()).device
    model.eval()
    with torch.inference_mode():
        for first in range(0, len(faces), _CHUNK):
            chosen = range(first, min(len(faces), first + _CHUNK))
            image = images(faces, chosen, STILL, np.random.default_rng(0)).to(place)
            answers = model(image.flip(3) if mirror else image)
            parts.append({name: value.float().cpu() for name, value in answers.items()})
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
