"""The joint loss over age, gender and race, on the backbone's maps of disturbed faces."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from export.attributes import config, maps
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
from export.training.augment import STILL
from export.training.faces import Faces

_CHUNK = 64
_STANDARD = 256  # faces that fix the features' scale


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
    """Fits the last stage and the heads of `model` to `train`, watches `watched`; keeps maps in `folder`."""

    def __init__(self, model: AttributesNet, train: Faces, watched: Faces, folder: Path) -> None:
        self.model, self.watched = model, watched
        self._targets = [targets(row) for row in train.rows]
        self._views = maps.views(model.backbone, train, folder)
        self._watched = maps.still(model.backbone, watched, folder / "watched.npy")
        model.standardise(maps.tensor(self._views[0], range(min(_STANDARD, len(train)))))

    def parameter_groups(self) -> Sequence[dict[str, Any]]:
        """The heads, and the backbone's last stage more slowly."""
        backbone = self.model.backbone
        top = [p for part in (backbone.last, backbone.whole, backbone.mix) for p in part.parameters()]
        return [
            {"params": list(self.model.heads.parameters()), "lr": config.RATES.heads},
            {"params": top, "lr": config.RATES.backbone},
        ]

    def batch(self, indices: Sequence[int], rng: np.random.Generator) -> Sequence[Tensor]:
        """Maps (n, 128, 14, 14), classes (n, 4), age distributions (n, 101), years (n,)."""
        chosen = [self._targets[i] for i in indices]
        return (
            maps.tensor(self._views[rng.integers(len(self._views))], indices),
            torch.tensor([t[0] for t in chosen]),
            torch.from_numpy(np.stack([t[1] for t in chosen])),
            torch.tensor([t[2] for t in chosen]),
        )

    def loss(self, batch: Sequence[Tensor]) -> Tensor:
        """The multi-categorical loss: one cross-entropy per block, added up, and the expected age's error."""
        entering, classes, distribution, years = batch
        logits = {name: value.float() for name, value in self.model.from_maps(entering).items()}
        total = torch.zeros((), device=entering.device)
        weights = {"group": 1.0, "gender": 1.0, "race": 1.0, "service_test": config.SERVICE_TEST_WEIGHT}
        for column, (name, weight) in enumerate(weights.items()):
            known = classes[:, column] != UNKNOWN
            if known.any():
                total = total + weight * F.cross_entropy(logits[name][known], classes[known, column])
        total = total + F.cross_entropy(logits["age"], distribution)
        return total + config.YEARS_WEIGHT * F.l1_loss(expectation(logits["age"]), years.float()) / 10

    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """Accuracies over the blocks and the mean absolute error in years, on undisturbed windows."""
        if not isinstance(model, AttributesNet):
            raise TypeError(f"an AttributesNet is needed, not a {type(model).__name__}")
        place = next(model.parameters()).device
        parts = [
            model.from_maps(maps.tensor(self._watched, chunk).to(place))
            for chunk in _chunks(len(self.watched))
        ]
        logits = {name: torch.cat([part[name].float().cpu() for part in parts]) for name in parts[0]}
        known = [targets(row) for row in self.watched.rows]
        classes, years = np.array([k[0] for k in known]), np.array([k[2] for k in known])
        found = {
            name: float((logits[name].argmax(1).numpy() == classes[:, column]).mean())
            for column, name in enumerate(("group", "gender", "race"))
        }
        found["age_error"] = float(np.abs(expectation(logits["age"]).numpy() - years).mean())
        return found


def predict(model: nn.Module, faces: Faces, *, mirror: bool = False) -> dict[str, Tensor]:
    """Logits by block for undisturbed windows (or their mirror images), on the CPU."""
    parts: list[dict[str, Tensor]] = []
    place = next(model.parameters()).device
    model.eval()
    with torch.inference_mode():
        for chunk in _chunks(len(faces)):
            image = maps.images(faces, chunk, STILL, np.random.default_rng(0)).to(place)
            answers = model(image.flip(3) if mirror else image)
            parts.append({name: value.float().cpu() for name, value in answers.items()})
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _chunks(count: int) -> list[range]:
    return [range(first, min(count, first + _CHUNK)) for first in range(0, count, _CHUNK)]
