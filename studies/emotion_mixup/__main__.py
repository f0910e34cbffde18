"""Train, or go on, and print what each share of the votes gives on the watched dev faces: `python -m studies.emotion_mixup`."""

import numpy as np
import torch

from export.cache import runs
from export.emotion.architecture import EMOTIONS, EmotionNet
from export.emotion.evaluation import majority
from export.emotion.trained import read_faces
from export.faces import FaceSet
from export.training import dlib_resnet
from export.training.loop import fit
from studies.emotion_mixup import config
from studies.emotion_mixup.learner import MixupLearner, predict

_SEED = 20261123
_SHARES = (0.0, 0.15, 0.3, 0.5, 0.7)


def main() -> None:
    """Accuracy against FER-2013's labels and the FER+ majority."""
    torch.manual_seed(_SEED)
    faces = read_faces()
    net = EmotionNet(dlib_resnet.pretrained(config.FROZEN)).to(memory_format=torch.channels_last)
    fitted = faces.fitted.repeated(lambda row: config.REPEATED.get(row["label"], 1))
    learner = MixupLearner(net, fitted, faces.watched)
    trained = fit(learner, config.plan(len(fitted)), runs("emotion_mixup"))
    labels, votes = (found.numpy() for found in predict(trained, faces.watched))
    rows = faces.watched.rows
    truth = np.asarray([EMOTIONS.index(row["label"]) for row in rows])
    plus, known = majority(FaceSet(rows, np.zeros((0,), np.uint8), []), list(EMOTIONS))
    for share in _SHARES:
        found = ((1 - share) * labels + share * votes).argmax(1)
        print(
            f"votes {share:.2f}: labels {(found == truth).mean():.4f}, FER+ {(found == plus)[known].mean():.4f}"
        )


if __name__ == "__main__":
    main()
