"""Train the VGG-like network on FER-2013 and measure it: `python -m studies.emotion_vgg`.

Three epochs of plain SGD with momentum: honest about what it reaches in that time.
"""

import torch

from export.cache import runs
from export.emotion import config
from export.emotion.architecture import EMOTIONS
from export.emotion.evaluation import evaluate
from export.emotion.learner import EmotionLearner, Groups
from export.emotion.served import OUTPUTS, Served
from export.emotion.trained import calibrate, read_faces
from export.onnx_tools.sessions import Session
from export.training.loop import fit
from export.training.plan import Plan
from export.training.trained import Trained
from studies.emotion_vgg.network import VggLike

SIZE = 48
_RATE = 0.02
_SEED = 20261123


def plan(examples: int, epochs: float = 3) -> Plan:
    """Thirteen minutes an epoch on one shared core."""
    return Plan(
        examples=examples, epochs=epochs, batch=64, validate_every=300, weight_decay=5e-4, optimizer="sgd"
    )


def groups(net: VggLike) -> Groups:
    """All at one rate."""
    return [{"params": list(net.parameters()), "lr": _RATE}]


def main() -> None:
    """Train, or go on, and print accuracy and confusion on the dev faces."""
    torch.manual_seed(_SEED)
    faces, net = read_faces(), VggLike()
    learner = EmotionLearner(net, groups(net), faces.fitted, faces.watched, size=SIZE)
    trained = fit(learner, plan(len(faces.fitted)), runs("emotion_vgg"))
    temperature = calibrate(trained, faces.held, SIZE)
    model = Trained(
        lambda: Served(trained, temperature),
        OUTPUTS,
        config.WINDOW,
        SIZE,
        lambda: {
            "task": "emotion",
            "name": "vgg-fer",
            "version": "0",
            "labels": {"emotion": list(EMOTIONS)},
        },
        lambda: faces.watched,
        "FER-2013 dev faces",
    ).build()
    measured = evaluate(Session(model))
    print(", ".join(f"{name} {value}" for name, value in measured.metrics.items()))
    print(measured.tables)


if __name__ == "__main__":
    main()
