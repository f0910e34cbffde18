"""Train one of the networks on marked faces: masked squared error, jittered and mirrored crops."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from export.training.loop import fit
from export.training.plan import Plan
from studies.keypoints_cnn.augment import STILL, Jitter, cut, shrink
from studies.keypoints_cnn.faces import Faces
from studies.keypoints_cnn.networks import NETWORKS, masked_error
from studies.keypoints_cnn.points import Points, normalised_error, squared_error

BATCH = 32
_RATES = {
    "resnet18": 1e-3,
    "plain": 2e-3,
}  # AdamW; ten times more made the first epochs diverge in trial steps


class KeypointLearner:
    """A network, the faces it is fitted to and those it is judged on."""

    def __init__(self, name: str, train: Faces, dev: Faces, width: int | None = None) -> None:
        """`name` is a key of NETWORKS; `width` replaces the network's own (tests use a narrow one)."""
        network = NETWORKS[name]
        self.model: nn.Module = network() if width is None else network(width)
        self._rate = _RATES[name]
        self._train, self._dev = train, dev
        self._jitter = Jitter()

    def parameter_groups(self) -> Sequence[dict[str, Any]]:
        """All weights at one rate."""
        return [{"params": list(self.model.parameters()), "lr": self._rate}]

    def batch(self, indices: Sequence[int], rng: np.random.Generator) -> Sequence[Tensor]:
        """Pictures float32 (n, 1, 96, 96) in 0..255 and points float32 (n, 15, 2), NaN where unmarked."""
        cuts = [cut(self._train.pictures[i], self._train.points[i], self._jitter, rng) for i in indices]
        return [
            as_input(np.stack([picture for picture, _ in cuts])),
            torch.from_numpy(np.stack([p for _, p in cuts])),
        ]

    def loss(self, batch: Sequence[Tensor]) -> Tensor:
        """Mean squared error in px^2 of the 96-pixel picture."""
        pictures, points = batch
        return masked_error(self.model(pictures), points)

    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """Mean squared error (px^2 at 96x96) and normalised mean error on the dev faces, undisturbed."""
        predicted, marked = predict(model, self._dev), marks(self._dev)
        return {
            "mse_px2": float(np.nanmean(squared_error(predicted, marked))),
            "nme": float(np.nanmean(normalised_error(predicted, marked))),
        }


def train(
    name: str,
    faces: tuple[Faces, Faces],
    epochs: float,
    folder: Path,
    until: Callable[[], bool] = lambda: False,
    *,
    width: int | None = None,
) -> nn.Module:
    """Fit network `name` to faces (train, dev); `folder` gets checkpoint, log and curve, and lets a killed run go on."""
    torch.manual_seed(0)
    learner = KeypointLearner(name, *faces, width)
    per_epoch = max(1, len(faces[0]) // BATCH)
    plan = Plan(
        examples=len(faces[0]), epochs=epochs, batch=BATCH, average=0.99, validate_every=5 * per_epoch
    )
    return fit(learner, plan, folder, until)


def predict(model: nn.Module, faces: Faces) -> Points:
    """The model's points in 96-pixel coordinates, float32 (n, 15, 2), for undisturbed faces."""
    device = next(model.parameters()).device
    model.eval()
    with torch.inference_mode():
        parts = [model(part.to(device)).cpu() for part in torch.split(as_input(still(faces)), 64)]
    return torch.cat(parts).numpy()


def still(faces: Faces) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The networks' pictures of undisturbed faces, uint8 (n, 96, 96)."""
    rng = np.random.default_rng(0)  # STILL draws nothing from it that shows
    return np.stack(
        [
            cut(picture, points, STILL, rng)[0]
            for picture, points in zip(faces.pictures, faces.points, strict=True)
        ]
    )


def marks(faces: Faces) -> Points:
    """The marked points in 96-pixel coordinates."""
    return shrink(faces.points, faces.pictures.shape[1])


def as_input(pictures: np.ndarray[Any, np.dtype[np.uint8]]) -> Tensor:
    """uint8 (n, 96, 96) -> float32 (n, 1, 96, 96), still in 0..255."""
    return torch.from_numpy(pictures)[:, None].float()
