from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is installed by `make test-export`")

from export.emotion import config
from export.emotion.learner import EmotionLearner
from export.training.augment import STILL
from export.training.loop import fit
from export.training.plan import Plan
from studies.emotion_vgg.__main__ import SIZE, groups
from studies.emotion_vgg.network import VggLike
from tests.export.training.faces import emotion_faces


def test_the_loss_falls_on_a_few_faces(tmp_path: Path) -> None:
    torch.manual_seed(3)
    net, faces = VggLike(), emotion_faces()
    plan = Plan(14, 10, batch=7, validate_every=10, optimizer="sgd")

    fit(
        EmotionLearner(net, groups(net), faces, faces, replace(config.FIRST, disturbance=STILL), SIZE),
        plan,
        tmp_path,
    )

    rows = [line.split(",") for line in (tmp_path / "log.csv").read_text().splitlines()]
    assert float(rows[-1][3]) < float(rows[1][3])
