"""The teacher of the shipped net: the tuned backbone with a perceptron fitted anew to all data, asked twice about each face."""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from export.attributes import config, faces, learner
from export.attributes.architecture import BLOCKS, AttributesNet
from export.attributes.trained import Run
from export.cache import runs
from export.training.augment import STILL, Disturbance
from export.training.faces import Faces
from export.training.images import images
from export.training.loop import fit

TAUGHT = ("group", "gender", "race", "age")
"""The blocks that a pupil is taught, in the order of their columns."""
WIDTHS = [BLOCKS[name] for name in TAUGHT]
_BATCH = 64
_SEED = 20261126


class Teacher:
    """One run; looks, fits and answers once, and keeps all of it in the cache."""

    def __init__(self, folder: Path | None = None, tuned: Callable[[], AttributesNet] | None = None) -> None:
        """`tuned` gives the net whose backbone is kept; half an hour of a core trains the recipe's own."""
        self.folder = folder or runs("attributes_teacher")
        self._start = tuned or (lambda: Run(tuned=True).net)

    @cached_property
    def _tuned(self) -> AttributesNet:
        return self._start().eval().cpu()

    @cached_property
    def net(self) -> AttributesNet:
        """The tuned backbone with the averaged weights of the new perceptron."""
        torch.manual_seed(_SEED)
        numbers = config.TEACHER
        net = AttributesNet(self._tuned.backbone, numbers.width, numbers.layers, numbers.dropout)
        fitting = learner.FrozenLearner(net, self.fitted, self.watched, numbers)
        trained = fit(fitting, numbers.plan(len(self.fitted.rows)), self.folder)
        if not isinstance(trained, AttributesNet):
            raise TypeError(f"the loop gave back a {type(trained).__name__}")
        return trained.eval()

    @cached_property
    def fitted(self) -> learner.Seen:
        """What is fitted, as the backbone sees it."""
        return self._seen(faces.split().fitted, "fitted", config.TEACHER.disturbance)

    @cached_property
    def watched(self) -> learner.Seen:
        """Dev faces that the log follows."""
        return self._seen(faces.split().watched, "watched", STILL)

    def _seen(self, some: Faces, name: str, disturbance: Disturbance) -> learner.Seen:
        return learner.seen(self._tuned, some, self.folder / f"{name}.npy", disturbance)

    def teach(self, pupils: Faces) -> Mapping[str, Tensor]:
        """Probabilities by block, (n, width) each: the mean of two passes, one over the mirrored window; kept for these pupils."""
        path, names = self.folder / "taught.npz", np.asarray([row["file"] for row in pupils.rows])
        if not (path.exists() and np.array_equal(np.load(path)["names"], names)):
            partial = path.with_suffix(".partial.npz")
            np.savez(partial, names=names, said=two_passes(self.net, pupils))
            partial.replace(path)
        return by_block(torch.from_numpy(np.load(path)["said"].astype(np.float32)))


def by_block(columns: Tensor) -> dict[str, Tensor]:
    """Columns of all taught blocks side by side, (n, 119), as one tensor per block."""
    return dict(zip(TAUGHT, columns.split(WIDTHS, 1), strict=True))


def two_passes(net: AttributesNet, some: Faces) -> NDArray[np.float16]:
    """The mean probabilities for the undisturbed windows and their mirror images, (n, 119)."""
    found, rng, place = [], np.random.default_rng(0), next(net.parameters()).device
    for start in range(0, len(some), _BATCH):
        chosen = range(start, min(len(some), start + _BATCH))
        window = images(some, chosen, config.WINDOW, config.SIZE, STILL, rng).to(place)
        with torch.inference_mode():
            passes = [_columns(net(image)) for image in (window, window.flip(3))]
        found.append(((passes[0] + passes[1]) / 2).cpu().numpy().astype(np.float16))
    return np.concatenate(found)


def _columns(logits: Mapping[str, Tensor]) -> Tensor:
    return torch.cat([logits[name].float().softmax(1) for name in TAUGHT], 1)
