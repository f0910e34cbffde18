"""The joint loss over age, gender and race, for a perceptron on kept features and for a tuned backbone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from export.attributes import config
from export.attributes.architecture import AttributesNet, Perceptron, expectation
from export.attributes.labels import UNKNOWN, target
from export.datasets import Row
from export.training.augment import STILL, Disturbance
from export.training.faces import Faces
from export.training.images import images

_CHUNK = 64
Logits = Mapping[str, Tensor]


def usable(row: Row) -> bool:
    """Whether a line of FairFace or UTKFace has labels that can be trained on."""
    try:
        target(row)
    except (KeyError, ValueError):
        return False
    return True


@dataclass(frozen=True)
class Targets:
    """What the faces of some rows should give."""

    classes: Tensor
    """(n, 4): age group, gender, race, service-test flag; `UNKNOWN` where a data set does not say."""
    spread: Tensor
    """(n, 101) age distributions."""
    years: Tensor
    """(n,)."""
    exact: Tensor
    """(n,) whether `years` is a labelled age rather than the middle of a group."""

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Targets":
        """From the lines of FairFace and UTKFace."""
        found = [target(row) for row in rows]
        return cls(
            torch.tensor([one.classes for one in found]),
            torch.from_numpy(np.stack([one.spread for one in found])),
            torch.tensor([one.years for one in found]),
            torch.tensor([one.exact for one in found]),
        )

    def batch(self, indices: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """Classes (n, 4), age distributions (n, 101), years (n,)."""
        chosen = list(indices)
        return self.classes[chosen], self.spread[chosen], self.years[chosen]

    def score(self, logits: Logits) -> dict[str, float]:
        """Accuracies over the blocks, where the label is known, and mean absolute errors in years."""
        found = {}
        for column, name in enumerate(("group", "gender", "race")):
            known = self.classes[:, column] != UNKNOWN
            right = logits[name].argmax(1)[known] == self.classes[known, column]
            found[name] = float(right.float().mean())
        errors = (expectation(logits["age"]) - self.years).abs()
        found["age_error"] = float(errors.mean())
        found["exact_age_error"] = float(errors[self.exact].mean()) if self.exact.any() else float("nan")
        return found


def joint_loss(logits: Logits, classes: Tensor, distribution: Tensor, years: Tensor) -> Tensor:
    """The multi-categorical loss: one cross-entropy per block, added up, and the expected age's error."""
    weights = {"group": 1.0, "gender": 1.0, "race": 1.0, "service_test": config.SERVICE_TEST_WEIGHT}
    blocks = [
        weight * known_cross_entropy(logits[name].float(), classes[:, column])
        for column, (name, weight) in enumerate(weights.items())
    ]
    age = F.cross_entropy(logits["age"].float(), distribution)
    error = F.l1_loss(expectation(logits["age"]), years.float()) / 10
    return torch.stack([*blocks, age, config.YEARS_WEIGHT * error]).sum()


def known_cross_entropy(logits: Tensor, classes: Tensor) -> Tensor:
    """The mean over the whole batch, unknown labels adding nothing: a batch without a known one has loss 0."""
    return F.cross_entropy(logits, classes, ignore_index=UNKNOWN, reduction="sum") / len(classes)


@dataclass(frozen=True)
class Seen:
    """Faces as a frozen backbone sees them."""

    features: Tensor
    """float (n, 1024)."""
    rows: Sequence[Row]


class FrozenLearner:
    """Fits the perceptron of `model` to features of `train`."""

    def __init__(
        self, model: Perceptron, train: Seen, watched: Seen, numbers: config.Frozen = config.FROZEN
    ) -> None:
        self.model, self.numbers = model, numbers
        self._targets, self._expected = Targets.of(train.rows), Targets.of(watched.rows)
        self._features, self._watched = train.features, watched.features
        model.standardise(self._features)

    def training_set(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Features (n, 1024) and classes (n, 4) that are fitted."""
        return self._features.numpy(), self._targets.classes.numpy()

    def watched_set(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Features and classes that are only watched."""
        return self._watched.numpy(), self._expected.classes.numpy()

    def parameter_groups(self) -> Sequence[dict[str, Any]]:
        """Trunk and heads."""
        parts = (self.model.trunk, self.model.heads)
        return [{"params": [p for part in parts for p in part.parameters()], "lr": self.numbers.rate}]

    def batch(self, indices: Sequence[int], rng: np.random.Generator) -> Sequence[Tensor]:
        """Features (n, 1024) with noise, and the targets."""
        chosen = self._features[list(indices)]
        noise = torch.from_numpy(rng.normal(0, self.numbers.noise, chosen.shape)).float()
        return chosen + noise * self.model.deviation.cpu(), *self._targets.batch(indices)

    def loss(self, batch: Sequence[Tensor]) -> Tensor:
        """The joint loss."""
        return joint_loss(self.model.from_features(batch[0]), *batch[1:])

    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """Scores on undisturbed windows."""
        if not isinstance(model, Perceptron):
            raise TypeError(f"a Perceptron is needed, not a {type(model).__name__}")
        logits = model.from_features(self._watched.to(next(model.parameters()).device))
        return self._expected.score({name: value.float().cpu() for name, value in logits.items()})


class TunedLearner:
    """Fits backbone and heads of `model` to freshly disturbed pictures of `train`."""

    def __init__(
        self, model: AttributesNet, train: Faces, watched: Faces, numbers: config.Tuned = config.TUNED
    ) -> None:
        self.model, self.train, self.watched, self.numbers = model, train, watched, numbers
        self._targets, self._expected = Targets.of(train.rows), Targets.of(watched.rows)

    def parameter_groups(self) -> Sequence[dict[str, Any]]:
        """Perceptron and heads fast, the backbone's last stage slower, the opened one below it slower still."""
        numbers, backbone = self.numbers, self.model.backbone
        rates = {
            numbers.heads_rate: (self.model.trunk, self.model.heads),
            numbers.backbone_rate: (backbone.last, backbone.whole, backbone.mix),
            numbers.backbone_rate * numbers.decay: (backbone.middle,),
        }
        return [
            {"params": [p for part in parts for p in part.parameters()], "lr": rate}
            for rate, parts in rates.items()
        ]

    def batch(self, indices: Sequence[int], rng: np.random.Generator) -> Sequence[Tensor]:
        """Images (n, 3, 112, 112) 0..255, and the targets."""
        image = images(self.train, indices, config.WINDOW, config.SIZE, self.numbers.disturbance, rng)
        return image, *self._targets.batch(indices)

    def loss(self, batch: Sequence[Tensor]) -> Tensor:
        """The joint loss."""
        return joint_loss(self.model(batch[0]), *batch[1:])

    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """Scores on undisturbed windows."""
        return self._expected.score(predict(model, self.watched))


def predict(
    model: nn.Module, faces: Faces, window: Sequence[int] = config.WINDOW, size: int = config.SIZE
) -> dict[str, Tensor]:
    """Logits by block for undisturbed windows, on the CPU."""
    parts: list[dict[str, Tensor]] = []
    place, rng = next(model.parameters()).device, np.random.default_rng(0)
    model.eval()
    with torch.inference_mode():
        for chunk in _chunks(len(faces)):
            image = images(faces, chunk, window, size, STILL, rng).to(place)
            parts.append({name: value.float().cpu() for name, value in model(image).items()})
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def seen(model: AttributesNet, faces: Faces, path: Path, disturbance: Disturbance) -> Seen:
    """The faces with their frozen features; computed when `path` does not have them yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng((5, 0))
        found: list[NDArray[np.float32]] = []
        for chunk in _chunks(len(faces)):
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                kept = model.features(images(faces, chunk, config.WINDOW, config.SIZE, disturbance, rng))
            found.append(kept.float().numpy())
        partial = path.with_suffix(".partial.npy")
        np.save(partial, np.concatenate(found))
        partial.replace(path)
    return Seen(torch.from_numpy(np.load(path)), faces.rows)


def _chunks(count: int) -> list[range]:
    return [range(first, min(count, first + _CHUNK)) for first in range(0, count, _CHUNK)]
