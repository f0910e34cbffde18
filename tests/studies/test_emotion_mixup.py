from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is installed by `make test-export`")
from export.emotion.architecture import EmotionNet
from export.training import dlib_resnet
from export.training.loop import fit
from export.training.plan import Plan
from studies.emotion_mixup import config
from studies.emotion_mixup.learner import MixupLearner, mixed_share
from tests.export.training.faces import emotion_faces


def test_the_loss_falls_on_a_few_faces(tmp_path: Path) -> None:
    torch.manual_seed(3)
    net, faces = EmotionNet(dlib_resnet.DlibResNet(config.FROZEN)), emotion_faces()

    fit(MixupLearner(net, faces, faces), Plan(14, 15, batch=7, validate_every=15), tmp_path)

    rows = [line.split(",") for line in (tmp_path / "log.csv").read_text().splitlines()]
    assert float(rows[-1][3]) < float(rows[1][3])


def test_some_steps_mix_pictures_and_some_do_not() -> None:
    torch.manual_seed(0)
    shares = [mixed_share() for _ in range(200)]

    assert 60 < shares.count(1.0) < 140
    assert all(0 <= share <= 1 for share in shares)


def test_faces_of_rare_emotions_are_repeated() -> None:
    faces = emotion_faces(7).repeated(lambda row: config.REPEATED.get(row["label"], 1))

    assert [row["label"] for row in faces.rows].count("disgust") == 3
    assert len(faces) == 9
