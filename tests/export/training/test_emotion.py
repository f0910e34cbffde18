import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is installed by `make test-export`")
from export.emotion import config, served
from export.emotion.architecture import EmotionNet
from export.emotion.learner import EmotionLearner, layerwise, usable
from export.emotion.votes import translated, vote_shares
from export.onnx_tools import graphs
from export.onnx_tools.sessions import Session
from export.training import dlib_resnet, onnx_export
from export.training.augment import STILL
from export.training.loop import fit
from export.training.plan import Plan
from tests.export.training.faces import emotion_faces


def network() -> EmotionNet:
    torch.manual_seed(3)
    return EmotionNet(dlib_resnet.DlibResNet(2))


@pytest.mark.parametrize("stage", [config.FIRST, config.NORMED], ids=lambda stage: stage.name)
def test_the_loss_falls_on_a_few_faces(stage: config.Stage, tmp_path: Path) -> None:
    net, faces = network(), emotion_faces()
    stage = replace(stage, disturbance=STILL)

    fit(
        EmotionLearner(net, layerwise(net), faces, faces, stage),
        Plan(14, 10, batch=7, validate_every=10),
        tmp_path,
    )

    rows = [line.split(",") for line in (tmp_path / "log.csv").read_text().splitlines()]
    assert float(rows[-1][3]) < float(rows[1][3])


def test_the_graph_answers_as_torch_does() -> None:
    module = served.Served(network(), 1.3).eval()
    model = onnx_export.export(module, config.SIZE, served.OUTPUTS)
    image = np.random.default_rng(0).integers(0, 256, (3, config.SIZE, config.SIZE, 3), np.uint8)

    actual = Session(graphs.finish(model))({"image": image})["emotion"]

    with torch.inference_mode():
        (expected,) = module(torch.from_numpy(image))
    np.testing.assert_allclose(expected.numpy(), actual, atol=1e-4)
    np.testing.assert_allclose(np.ones(3), actual.sum(1), atol=1e-5)


def test_colour_makes_no_difference() -> None:
    module = served.Served(network(), 1.0).eval()
    colour = torch.randint(0, 256, (1, config.SIZE, config.SIZE, 3), dtype=torch.uint8)
    luma = (colour.float() * torch.tensor((0.299, 0.587, 0.114))).sum(3, keepdim=True).round()
    as_grey = luma.expand(-1, -1, -1, 3).to(torch.uint8)

    with torch.inference_mode():
        torch.testing.assert_close(module(colour)[0], module(as_grey)[0], atol=2e-2, rtol=0)


def test_copies_of_dev_pictures_are_not_trained_on() -> None:
    assert usable({"label": "happy", "dup_of_dev": "0"})
    assert not usable({"label": "happy", "dup_of_dev": "1"})
    assert not usable({"label": "", "dup_of_dev": "0"})


def test_votes_become_shares_and_a_picture_without_votes_has_none() -> None:
    shares = vote_shares(torch.tensor([[6.0, 2, 0, 0, 0, 0, 0, 0], [0.0] * 8]))

    assert shares[0, :2].tolist() == [0.75, 0.25]
    assert shares[1].sum() == 0


def test_a_lone_vote_is_an_outlier() -> None:
    shares = vote_shares(torch.tensor([[6.0, 3, 1, 0, 0, 0, 0, 0]]), fewest=0.2)

    torch.testing.assert_close(shares[0, :3], torch.tensor([2 / 3, 1 / 3, 0.0]))


def test_votes_say_what_labels_such_faces_usually_have() -> None:
    neutral, happy = torch.eye(8)[0], torch.eye(8)[1]
    shares, labels = torch.stack([neutral] * 4 + [happy] * 4), torch.tensor([6, 6, 6, 4, 3, 3, 3, 3])

    found = translated(shares, labels)

    assert found[0].argmax() == 6
    assert 0.15 < found[0, 4] < 0.35
    assert found[7, 3] > 0.9


def test_measuring_the_shipped_models_needs_no_torch() -> None:
    code = (
        "import sys; sys.modules['torch'] = None; from export.recipe import find; "
        "print(find('attributes').task, find('emotion', 'trained').task)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "attributes emotion\n"
