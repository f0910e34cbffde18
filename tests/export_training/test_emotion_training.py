import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is installed by `make test-export`")
sys.path.insert(0, str(Path(__file__).parent))

from faces import emotion_faces  # noqa: E402  # after the skip

from export.emotion import config, served  # noqa: E402
from export.emotion.architecture import EmotionNet, VggLike, vote_shares  # noqa: E402
from export.emotion.learner import EmotionLearner, usable  # noqa: E402
from export.onnx_tools import graphs  # noqa: E402
from export.onnx_tools.sessions import Session  # noqa: E402
from export.training import dlib_resnet, onnx_export  # noqa: E402
from export.training.augment import STILL  # noqa: E402
from export.training.loop import Plan, fit  # noqa: E402


def networks() -> list[tuple[EmotionNet | VggLike, int, Plan]]:
    torch.manual_seed(3)
    return [
        (EmotionNet(dlib_resnet.DlibResNet(2)), config.SIZE, Plan(14, 10, batch=7, validate_every=10)),
        (VggLike(), config.VGG_SIZE, Plan(14, 10, batch=7, validate_every=10, optimizer="sgd")),
    ]


def test_the_loss_of_both_networks_falls_on_a_few_faces(tmp_path: Path) -> None:
    for number, (net, size, plan) in enumerate(networks()):
        faces = emotion_faces()
        fit(EmotionLearner(net, faces, faces, STILL, size), plan, tmp_path / str(number))

        rows = [line.split(",") for line in (tmp_path / str(number) / "log.csv").read_text().splitlines()]
        assert float(rows[-1][3]) < float(rows[1][3]), type(net).__name__


def test_the_graphs_answer_as_torch_does() -> None:
    for net, size, _ in networks():
        module = served.Served(net, 1.3).eval()
        model = onnx_export.export(module, size, served.OUTPUTS)
        image = np.random.default_rng(0).integers(0, 256, (3, size, size, 3), np.uint8)

        actual = Session(graphs.finish(model))({"image": image})["emotion"]

        with torch.inference_mode():
            (expected,) = module(torch.from_numpy(image))
        np.testing.assert_allclose(expected.numpy(), actual, atol=1e-4)
        np.testing.assert_allclose(np.ones(3), actual.sum(1), atol=1e-5)


def test_colour_makes_no_difference() -> None:
    net, size, _ = networks()[0]
    module = served.Served(net, 1.0).eval()
    colour = torch.randint(0, 256, (1, size, size, 3), dtype=torch.uint8)
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


def test_measuring_the_shipped_models_needs_no_torch() -> None:
    code = (
        "import sys; sys.modules['torch'] = None; from export.recipe import find; "
        "print(find('attributes').task, find('emotion', 'trained').task)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "attributes emotion\n"
