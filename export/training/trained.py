"""A finished training run as the publisher takes it: graph, distance to torch, golden inputs. The same for every chip model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import torch
from torch import nn

from export import golden
from export.onnx_tools import graphs
from export.onnx_tools.sessions import Tensors
from export.recipe import Parity
from export.training.augment import STILL, crop
from export.training.faces import Faces
from export.training.onnx_export import export

_PARITY_FACES = 32


@dataclass(frozen=True)
class Split:
    """A data set's faces by what they are for."""

    fitted: Faces
    held: Faces
    """Training faces kept from fitting: probabilities are calibrated on them."""
    watched: Faces
    """Dev faces that the log follows."""

    @classmethod
    def of(cls, train: Faces, watched: Faces, held_back: int) -> "Split":
        """Hold `held_back` training faces back, the same ones each time."""
        order = [int(i) for i in np.random.default_rng(7).permutation(len(train))]
        return cls(train.subset(order[held_back:]), train.subset(order[:held_back]), watched)


@dataclass(frozen=True)
class Trained:
    """What one run gives. Nothing is trained before it is asked for; `served` and `properties` must give the same each time."""

    served: Callable[[], nn.Module]
    """uint8 (n, size, size, 3) RGB -> final numbers, in the order of `outputs`."""
    outputs: Sequence[str]
    window: Sequence[int]
    size: int
    properties: Callable[[], Mapping[str, object]]
    """The graph's metadata but for window and size."""
    watched: Callable[[], Faces]
    watched_name: str
    """Such as `FairFace dev faces`."""

    def build(self) -> onnx.ModelProto:
        """Train, calibrate, export, describe."""
        model = export(self.served(), self.size, self.outputs)
        graphs.halve_weights(model)
        shape = {"window": list(self.window), "size": [self.size, self.size]}
        graphs.describe(model, {**self.properties(), **shape})
        return graphs.finish(model)

    def parity(self, model: onnx.ModelProto) -> Parity:
        """Against torch on watched faces."""
        faces, rng = self.watched(), np.random.default_rng(0)
        crops = [
            crop(faces.pictures[i], faces.to_chip[i], self.window, self.size, STILL, rng)
            for i in range(_PARITY_FACES)
        ]
        image = np.stack(crops)
        with torch.inference_mode():
            answers = self.served().eval()(torch.from_numpy(image))
        expected = {name: answer.numpy() for name, answer in zip(self.outputs, answers, strict=True)}
        described = f"{_PARITY_FACES} {self.watched_name} (the file stores weights in half precision)"
        return Parity.of(model, {"image": image}, expected, f"torch {torch.__version__}", described)

    def sample(self) -> Tensors:
        """The portrait's window and its mirror image."""
        return golden.sample_window(self.window, (self.size, self.size))
