from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is installed by `make test-export`")
from export.training import dlib_resnet
from export.training.loop import fit
from export.training.plan import Plan
from studies.attributes_dlib import config
from studies.attributes_dlib.architecture import DlibAttributes
from studies.attributes_dlib.learner import DlibLearner
from tests.export.training.faces import attribute_faces


def test_the_loss_falls_on_a_few_faces(tmp_path: Path) -> None:
    torch.manual_seed(3)
    faces, net = attribute_faces(), DlibAttributes(dlib_resnet.DlibResNet(config.FROZEN))
    plan = Plan(examples=len(faces), epochs=12, batch=6, validate_every=12, warmup=0.2)

    fit(DlibLearner(net, faces, faces), plan, tmp_path)

    rows = [line.split(",") for line in (tmp_path / "log.csv").read_text().splitlines()]
    assert rows[0][4:] == ["group", "gender", "race", "age_error", "exact_age_error"]
    assert float(rows[-1][3]) < float(rows[1][3])
