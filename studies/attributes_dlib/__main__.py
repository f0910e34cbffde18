"""Train on all faces, and score on the watched dev faces: `python -m studies.attributes_dlib`."""

import torch

from export.attributes import faces
from export.attributes.taught import times
from export.cache import runs
from export.training import dlib_resnet
from export.training.loop import fit
from studies.attributes_dlib import config
from studies.attributes_dlib.architecture import DlibAttributes
from studies.attributes_dlib.learner import DlibLearner

_SEED = 20261126


def main() -> None:
    """Train, or go on, and print the scores of the averaged weights."""
    torch.manual_seed(_SEED)
    split = faces.split()
    net = DlibAttributes(dlib_resnet.pretrained(config.FROZEN)).to(memory_format=torch.channels_last)
    fitted = split.fitted.repeated(times)
    learner = DlibLearner(net, fitted, split.watched)
    trained = fit(learner, config.plan(len(fitted)), runs("attributes_dlib"))
    print(", ".join(f"{name} {value:.4f}" for name, value in learner.validate(trained).items()))


if __name__ == "__main__":
    main()
