"""Train the emotion net on FER-2013 and FER+, calibrate it, and hand it to the publisher."""

from functools import cached_property
from pathlib import Path

import numpy as np
import onnx
import torch

from export import golden
from export.datasets import Archive
from export.emotion import config, learner
from export.emotion.architecture import EMOTIONS, EmotionNet, VggLike
from export.emotion.served import OUTPUTS, Served
from export.onnx_tools import graphs
from export.onnx_tools.sessions import Tensors
from export.recipe import Parity
from export.training import calibration, dlib_resnet
from export.training.augment import STILL, crop
from export.training.faces import Faces, load
from export.training.loop import fit
from export.training.onnx_export import export
from export.training.placement import cache

_WATCHED = 1500  # dev faces that the log follows; the card measures all of them
_SEED = 20261123
_PARITY_FACES = 32


class Trained:
    """One run of the recipe; resumes from the cache, and a finished run is only read."""

    def __init__(self, folder: Path | None = None, *, vgg: bool = False) -> None:
        """`vgg` trains the baseline from scratch instead."""
        self.vgg = vgg
        self.size = config.VGG_SIZE if vgg else config.SIZE
        self.folder = folder or cache() / ("emotion_vgg" if vgg else "emotion")

    @cached_property
    def faces(self) -> tuple[Faces, Faces, Faces]:
        """FER-2013's faces to fit, to calibrate on, and to watch."""
        archive = Archive("fer2013")
        train = load(archive, archive.rows("train"), learner.usable, undetected=True)
        watched = load(archive, archive.rows("dev")[:_WATCHED], learner.usable, undetected=True)
        print(f"FER-2013 train: {dict(train.report)}")
        order = [int(i) for i in np.random.default_rng(7).permutation(len(train))]
        return train.subset(order[config.HELD_BACK :]), train.subset(order[: config.HELD_BACK]), watched

    @cached_property
    def net(self) -> EmotionNet | VggLike:
        """The averaged weights at the end of the run."""
        torch.manual_seed(_SEED)
        fitted, _, watched = self.faces
        net = VggLike() if self.vgg else EmotionNet(dlib_resnet.pretrained(config.FROZEN))
        net = net.to(memory_format=torch.channels_last)
        plan = (config.vgg_plan if self.vgg else config.plan)(len(fitted))
        trained = fit(learner.EmotionLearner(net, fitted, watched, size=self.size), plan, self.folder)
        if not isinstance(trained, EmotionNet | VggLike):
            raise TypeError(f"the loop gave back a {type(trained).__name__}")
        return trained

    @cached_property
    def temperature(self) -> float:
        """From the held-back faces."""
        held = self.faces[1]
        truth = np.asarray([EMOTIONS.index(row["label"]) for row in held.rows])
        return calibration.temperature(learner.predict(self.net, held, self.size).numpy(), truth)

    def build(self) -> onnx.ModelProto:
        """Train, calibrate, export, describe."""
        model = export(Served(self.net, self.temperature), self.size, OUTPUTS)
        graphs.halve_weights(model)
        graphs.describe(
            model,
            {
                "task": "emotion",
                "name": "vgg-fer" if self.vgg else "dlib-fer",
                "version": "2.0.0",
                "window": config.WINDOW,
                "size": (self.size, self.size),
                "labels": {"emotion": list(EMOTIONS)},
                "licence": {
                    "weights": "research only, as the training data"
                    + ("" if self.vgg else "; from dlib's weights (public domain)"),
                    "training_data": "FER-2013: research use; FER+ labels: MIT",
                },
                "training_data": "FER-2013 with FER+ votes"
                + ("" if self.vgg else "; the backbone before it: FaceScrub, VGG-Face and web pictures"),
                "source": "recipe export/emotion/trained.py"
                + ("" if self.vgg else f" on {dlib_resnet.WEIGHTS.source}"),
                "calibration": {"temperature": self.temperature},
            },
        )
        return graphs.finish(model)

    def parity(self, model: onnx.ModelProto) -> Parity:
        """Against torch on dev faces."""
        rng, watched = np.random.default_rng(0), self.faces[2]
        crops = [
            crop(watched.pictures[i], watched.to_chip[i], config.WINDOW, self.size, STILL, rng)
            for i in range(_PARITY_FACES)
        ]
        image = np.stack(crops)
        with torch.inference_mode():
            (expected,) = Served(self.net, self.temperature).eval()(torch.from_numpy(image))
        described = f"{_PARITY_FACES} FER-2013 dev faces (the file stores weights in half precision)"
        reference = f"torch {torch.__version__}"
        return Parity.of(model, {"image": image}, {"emotion": expected.numpy()}, reference, described)

    def sample(self) -> Tensors:
        """The portrait's window and its mirror image."""
        return golden.sample_window(config.WINDOW, (self.size, self.size))
