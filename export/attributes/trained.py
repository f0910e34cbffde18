"""Train an attributes net on FairFace, calibrate it, and hand it to the publisher."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from export import golden, graphs
from export.attributes import config, learner
from export.attributes.architecture import GENDERS, RACES, FrozenNet, TunedNet
from export.attributes.labels import EDGES
from export.attributes.served import COVERAGE, OUTPUTS, Calibration, Served
from export.datasets import Archive
from export.embedder.recipe import SOURCE
from export.recipe import Parity
from export.sessions import Tensors
from export.training import calibration, dlib_resnet, mobilefacenet
from export.training.augment import STILL, crop
from export.training.faces import Faces, load
from export.training.loop import fit
from export.training.onnx_export import export
from export.training.placement import cache

Floats = NDArray[np.float32]
Classes = NDArray[np.int64]

_WATCHED = 1000  # dev faces that the log follows; the card measures all of them
_SEED = 20261123
_PARITY_FACES = 32
_OLDEST = 80  # the end of the open age group in calibration: few are older

_MOBILEFACENET = {
    "licence": {
        "weights": "Apache-2.0 (this project), on an MIT package's MobileFaceNet",
        "training_data": "FairFace: CC BY 4.0; backbone: MS-Celeb-1M family, research use",
    },
    "training_data": "FairFace; the backbone before it: MS-Celeb-1M family",
    "source": f"recipe export/attributes/trained.py on {SOURCE.source}",
}
_DLIB = {
    "licence": {
        "weights": "Apache-2.0 (this project), from dlib's weights (public domain)",
        "training_data": "FairFace: CC BY 4.0; backbone: FaceScrub, VGG-Face and web pictures, research collections",
    },
    "training_data": "FairFace; the backbone before it: FaceScrub, VGG-Face and web pictures",
    "source": f"recipe export/attributes/trained.py on {dlib_resnet.WEIGHTS.source}",
}


class Trained:
    """One run of a variant; resumes from the cache, and a finished run is only read."""

    def __init__(self, folder: Path | None = None, *, tuned: bool = False) -> None:
        """`tuned` fine-tunes dlib's backbone; otherwise a perceptron learns on frozen features."""
        self.tuned = tuned
        self.window = config.TUNED.window if tuned else config.FROZEN.window
        self.folder = folder or cache() / ("attributes_tuned" if tuned else "attributes_frozen")

    @cached_property
    def faces(self) -> tuple[Faces, Faces, Faces]:
        """FairFace's faces to fit, to calibrate on, and to watch."""
        archive = Archive("fairface")
        train = load(archive, archive.rows("train"), learner.usable)
        watched = load(archive, archive.rows("dev")[:_WATCHED], learner.usable)
        print(f"FairFace train: {dict(train.report)}")
        order = [int(i) for i in np.random.default_rng(7).permutation(len(train))]
        return train.subset(order[config.HELD_BACK :]), train.subset(order[: config.HELD_BACK]), watched

    @cached_property
    def net(self) -> FrozenNet | TunedNet:
        """The averaged weights at the end of the run."""
        torch.manual_seed(_SEED)
        fitted, _, watched = self.faces
        if self.tuned:
            tuned = TunedNet(dlib_resnet.pretrained(config.TUNED.frozen)).to(
                memory_format=torch.channels_last
            )
            plan = config.TUNED.plan(len(fitted))
            trained = fit(learner.TunedLearner(tuned, fitted, watched), plan, self.folder)
        else:
            numbers = config.FROZEN
            frozen = FrozenNet(mobilefacenet.pretrained(), numbers.width, numbers.layers, numbers.dropout)
            plan = numbers.plan(len(fitted))
            trained = fit(learner.FrozenLearner(frozen, fitted, watched, self.folder), plan, self.folder)
        if not isinstance(trained, FrozenNet | TunedNet):
            raise TypeError(f"the loop gave back a {type(trained).__name__}")
        return trained.eval()

    @cached_property
    def calibration(self) -> Calibration:
        """Temperatures and the interval's widening, from the held-back faces."""
        return calibrate(self.net, self.faces[1], self.window)

    def build(self) -> onnx.ModelProto:
        """Train, calibrate, export, describe."""
        model = export(Served(self.net, self.calibration), config.SIZE, OUTPUTS)
        graphs.halve_weights(model)
        graphs.describe(
            model,
            {
                "task": "attributes",
                "name": "dlib-fairface" if self.tuned else "mobilefacenet-fairface",
                "version": "2.0.0",
                "window": self.window,
                "size": (config.SIZE, config.SIZE),
                "labels": {"gender": list(GENDERS), "race": list(RACES)},
                "calibration": asdict(self.calibration),
                **(_DLIB if self.tuned else _MOBILEFACENET),
            },
        )
        return graphs.finish(model)

    def parity(self, model: onnx.ModelProto) -> Parity:
        """Against torch on dev faces."""
        rng, watched = np.random.default_rng(0), self.faces[2]
        crops = [
            crop(watched.pictures[i], watched.to_chip[i], self.window, config.SIZE, STILL, rng)
            for i in range(_PARITY_FACES)
        ]
        image = np.stack(crops)
        with torch.inference_mode():
            answers = Served(self.net, self.calibration).eval()(torch.from_numpy(image))
        expected = {name: answer.numpy() for name, answer in zip(OUTPUTS, answers, strict=True)}
        described = f"{_PARITY_FACES} FairFace dev faces (the file stores weights in half precision)"
        return Parity.of(model, {"image": image}, expected, f"torch {torch.__version__}", described)

    def sample(self) -> Tensors:
        """The portrait's window and its mirror image."""
        return golden.sample_window(self.window, (config.SIZE, config.SIZE))


def calibrate(net: FrozenNet | TunedNet, faces: Faces, window: Sequence[int]) -> Calibration:
    """From FairFace faces that were not fitted; a true age is drawn evenly from its group."""
    sides = [learner.predict(net, faces, window, mirror=mirror) for mirror in (False, True)]
    logits = {name: (sides[0][name] + sides[1][name]) / 2 for name in sides[0]}
    classes = learner.Targets.of(faces.rows).classes.numpy()
    edges = np.asarray(EDGES, np.float64)[classes[:, 0]]
    edges[:, 1] = np.minimum(edges[:, 1], _OLDEST)
    years = np.random.default_rng(_SEED).uniform(edges[:, 0], edges[:, 1] + 1)
    low, high = Served(net, Calibration()).interval(logits["age"])
    return Calibration(
        gender=calibration.temperature(logits["gender"].numpy(), classes[:, 1]),
        race=calibration.temperature(logits["race"].numpy(), classes[:, 2]),
        widening=calibration.quantile_widening(low.numpy(), high.numpy(), years, COVERAGE),
    )


def frozen_features(run: Trained) -> tuple[Floats, Classes, Floats, Classes]:
    """Features (n, 1024) and classes (n, 4) of the fitted and of the watched faces."""
    fitted, _, watched = run.faces
    net = FrozenNet(
        mobilefacenet.pretrained(), config.FROZEN.width, config.FROZEN.layers, config.FROZEN.dropout
    )
    fitting = learner.FrozenLearner(net, fitted, watched, run.folder)
    return (*fitting.training_set(), *fitting.watched_set())
