"""Fine-tune a backbone with ArcFace on chips of known identities."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from export.training.augment import Disturbance, crop
from export.training.loop import fit
from export.training.plan import Plan
from studies.arcface.loss import ArcFace
from studies.arcface.protocol import verification

WINDOW, SIZE = (16, 16, 240, 240), 112
_IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
# LFW's faces were already found and aligned.
_GENTLE = Disturbance(rotation=4.0, zoom=0.03, shift=0.01, erase=0.1)

Chips = NDArray[np.uint8]


@dataclass(frozen=True)
class People:
    """Chips uint8 (n, 256, 256, 3) and who is on them."""

    chips: Chips
    persons: Sequence[str]

    def only(self, chosen: NDArray[np.bool_], at_least: int = 3) -> "People":
        """Those chosen (n,), of persons who keep at least so many pictures. Raises ValueError when nobody does."""
        names = np.asarray(self.persons)
        counts = {
            name: int(count)
            for name, count in zip(*np.unique(names[chosen], return_counts=True), strict=True)
        }
        kept = chosen & np.array([counts.get(str(name), 0) >= at_least for name in names])
        if not kept.any():
            raise ValueError(f"nobody has {at_least} of the chosen pictures")
        return People(self.chips[kept], [str(name) for name in names[kept]])


@dataclass(frozen=True)
class Pairs:
    """Pairs of chips: places in `chips` and whether they show one person."""

    chips: Chips
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    same: NDArray[np.bool_]


class ArcFaceLearner:
    """A backbone and its centres; only parameters whose names start with one of `trained` move."""

    def __init__(
        self,
        backbone: nn.Module,
        people: People,
        pairs: Pairs,
        trained: Sequence[str] = ("",),
        rate: float = 1e-4,
        *,
        keep_norms: bool = True,
    ) -> None:
        """`keep_norms` leaves the batch norms' statistics alone: right for a pretrained backbone, not for a fresh one."""
        self._people, self._pairs, self._rate, self._keep_norms = people, pairs, rate, keep_norms
        names = sorted(set(people.persons))
        self._labels = torch.tensor([names.index(person) for person in people.persons])
        embeddings = torch.from_numpy(embed(backbone, people.chips))
        self._backbone, self._head = backbone, ArcFace(embeddings.shape[1], len(names))
        self.model: nn.Module = nn.ModuleDict({"backbone": backbone, "head": self._head})
        self._head.start_at(embeddings, self._labels)
        for name, parameter in backbone.named_parameters():
            parameter.requires_grad_(any(name.startswith(prefix) for prefix in trained))

    def parameter_groups(self) -> Sequence[dict[str, Any]]:
        """The backbone's moving weights, and the centres ten times as fast."""
        moving = [parameter for parameter in self._backbone.parameters() if parameter.requires_grad]
        return [
            {"params": moving, "lr": self._rate},
            {"params": list(self._head.parameters()), "lr": 10 * self._rate},
        ]

    def batch(self, indices: Sequence[int], rng: np.random.Generator) -> Sequence[Tensor]:
        """Disturbed crops float32 (n, 3, 112, 112) in 0..255 and identities int64 (n,)."""
        crops = [crop(self._people.chips[i], _IDENTITY, WINDOW, SIZE, _GENTLE, rng) for i in indices]
        return [_as_input(np.stack(crops)), self._labels[list(indices)]]

    def loss(self, batch: Sequence[Tensor]) -> Tensor:
        """The ArcFace loss."""
        pictures, labels = batch
        if self._keep_norms:
            for layer in self._backbone.modules():
                if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
                    layer.eval()
        loss: Tensor = self._head(self._backbone(pictures), labels)
        return loss

    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """ROC area and best accuracy on the pairs."""
        embeddings = embed(model.get_submodule("backbone"), self._pairs.chips)
        measured = verification(embeddings[self._pairs.a], embeddings[self._pairs.b], self._pairs.same)
        return {"roc_auc": measured.area, "best_accuracy": measured.best}


def train(
    learner: ArcFaceLearner,
    examples: int,
    epochs: float,
    folder: Path,
    until: Callable[[], bool] = lambda: False,
) -> nn.Module:
    """Run the shared loop and give the averaged backbone."""
    plan = Plan(examples=examples, epochs=epochs, batch=32, average=0.98)
    # Embedding the dev faces costs as much as an epoch.
    plan = replace(plan, validate_every=max(1, plan.steps // 3))
    return fit(learner, plan, folder, until).get_submodule("backbone")


def embed(backbone: nn.Module, chips: Chips) -> NDArray[np.float32]:
    """Unit embeddings float32 (n, d) of chips, undisturbed, without mirror averaging."""
    backbone.eval()
    where = next(backbone.parameters()).device
    rng, still, parts = np.random.default_rng(0), Disturbance(0, 0, 0, 0, 0, 0, 0, 0, 0, 0), []
    with torch.inference_mode():
        for start in range(0, len(chips), 64):
            crops = np.stack(
                [crop(chip, _IDENTITY, WINDOW, SIZE, still, rng) for chip in chips[start : start + 64]]
            )
            parts.append(F.normalize(backbone(_as_input(crops).to(where)).float()).cpu())
    return torch.cat(parts).numpy()


def _as_input(crops: Chips) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(crops.transpose(0, 3, 1, 2))).float()
