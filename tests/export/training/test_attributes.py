import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is installed by `make test-export`")
from export.attributes import config, served
from export.attributes.architecture import AGES, BLOCKS, AttributesNet
from export.attributes.intervals import COVERAGE, KNOTS, fit_reaches, hats
from export.attributes.labels import GROUPS, UNKNOWN, group_distribution, target
from export.attributes.learner import FrozenLearner, Targets, TunedLearner, joint_loss, seen, usable
from export.attributes.trained import calibrate, drawn_years
from export.onnx_tools import graphs
from export.onnx_tools.sessions import Session
from export.training import mobilefacenet, onnx_export
from export.training.augment import STILL, crop
from export.training.faces import Faces
from export.training.loop import fit
from export.training.plan import Plan
from serving.session import ModelInfo
from serving.windows import ChipWindow
from tests.export.training.faces import TO_CHIP, attribute_faces

UTK_ROW = {"file": "train/00000.jpg", "split": "train", "age": "51", "gender": "Male", "race": "White"}


def net(opened: int = 0) -> AttributesNet:
    torch.manual_seed(3)
    return AttributesNet(mobilefacenet.MobileFaceNet(opened), width=32, layers=1, dropout=0.1)


def frozen(model: AttributesNet, faces: Faces, folder: Path) -> FrozenLearner:
    known = seen(model, faces, folder / "features.npy", config.MILD)
    return FrozenLearner(model, known, known)


def tuned() -> AttributesNet:
    return net(config.TUNED.opened)


def test_the_loss_of_both_variants_falls_on_a_few_faces(tmp_path: Path) -> None:
    faces = attribute_faces()
    plan = Plan(examples=len(faces), epochs=12, batch=6, validate_every=12, warmup=0.2)
    learners = {
        "frozen": frozen(net(), faces, tmp_path / "frozen"),
        "tuned": TunedLearner(tuned(), faces, faces),
    }
    for name, learner in learners.items():
        fit(learner, plan, tmp_path / name)

        rows = [line.split(",") for line in (tmp_path / name / "log.csv").read_text().splitlines()]
        assert rows[0][4:] == ["group", "gender", "race", "age_error", "exact_age_error"]
        assert float(rows[-1][3]) < float(rows[1][3]), name


def test_only_the_opened_blocks_of_the_backbone_get_a_gradient() -> None:
    faces = attribute_faces()
    learner = TunedLearner(tuned(), faces, faces)

    learner.loss(learner.batch([0, 1, 2, 3], np.random.default_rng(0))).backward()

    backbone = learner.model.backbone
    assert {None} == {parameter.grad for parameter in backbone.frozen.parameters()}
    for opened in (backbone.middle, backbone.last, backbone.whole, backbone.mix):
        assert all(parameter.grad is not None for parameter in opened.parameters())


def test_opening_blocks_does_not_change_what_the_backbone_answers() -> None:
    image = torch.rand(2, 3, config.SIZE, config.SIZE) * 255
    closed, opened = net().eval(), tuned().eval()

    for name, expected in closed(image).items():
        torch.testing.assert_close(expected, opened(image)[name])


def test_an_unknown_label_adds_nothing_to_the_loss() -> None:
    targets = Targets.of([UTK_ROW, UTK_ROW])
    logits = {name: torch.randn(2, width) for name, width in BLOCKS.items()}
    other = logits | {"race": torch.randn(2, 7), "service_test": torch.randn(2, 2)}

    expected, actual = (joint_loss(one, *targets.batch([0, 1])) for one in (logits, other))

    assert torch.isfinite(expected)
    assert expected == actual


def test_a_labelled_age_is_its_own_target() -> None:
    found = target(UTK_ROW)

    assert found.classes == (6, 1, UNKNOWN, UNKNOWN)
    assert pytest.approx(51, abs=0.01) == found.spread @ np.arange(AGES)
    assert drawn_years(Targets.of([UTK_ROW])).tolist() == [51.0]


def test_an_age_drawn_for_a_group_lies_inside_it() -> None:
    rows = [row for row in attribute_faces().rows if row["age"] == "20-29"]

    drawn = drawn_years(Targets.of(rows))

    assert rows
    assert np.all((drawn >= 20) & (drawn < 30))


def test_the_graph_answers_as_torch_does_in_batches_of_any_size() -> None:
    module = served.Served(
        net(), served.Calibration(gender=1.4, race=0.8, down=[2.0] * KNOTS, up=[1.0] * KNOTS)
    )
    model = onnx_export.export(module, config.SIZE, served.OUTPUTS)
    image = np.random.default_rng(0).integers(0, 256, (3, config.SIZE, config.SIZE, 3), np.uint8)

    actual = Session(graphs.finish(model))({"image": image})

    with torch.inference_mode():
        expected = dict(zip(served.OUTPUTS, module(torch.from_numpy(image)), strict=True))
    assert {name: tuple(value.shape) for name, value in expected.items()} == {
        "age": (3,),
        "age_low": (3,),
        "age_high": (3,),
        "gender": (3, 2),
        "race": (3, 7),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(value.numpy(), actual[name], rtol=1e-3, atol=1e-3, err_msg=name)
    assert np.all(actual["age_low"] <= actual["age"])
    assert np.all(actual["age"] <= actual["age_high"])


def test_calibration_gives_positive_temperatures() -> None:
    found = dataclasses.asdict(calibrate(net().eval(), attribute_faces(40)))

    assert {"gender", "race", "down", "up"} == set(found)
    assert found["gender"] > 0
    assert found["race"] > 0


def test_a_predicted_age_takes_its_reach_from_the_two_knots_beside_it() -> None:
    reaches = torch.arange(KNOTS, dtype=torch.float32) * 10

    assert pytest.approx([0, 37, 80, 80]) == (hats(torch.tensor([0.0, 37, 80, 95])) @ reaches).tolist()


def test_the_interval_covers_its_share_of_every_decade_though_the_old_are_underestimated() -> None:
    rng = np.random.default_rng(4)
    truth = rng.uniform(0, 89, 6000)
    age = truth + rng.normal(0, 1 + truth / 12) - np.maximum(truth - 55, 0) * 0.3
    low, high = age - 3, age + 3

    down, up = fit_reaches(age, low, high, truth)

    weights = hats(torch.from_numpy(age).float()).numpy()
    inside = (truth >= low - weights @ down) & (truth <= high + weights @ up)
    shares = [inside[(truth // 10).clip(max=8) == decade].mean() for decade in range(9)]
    assert np.abs(np.asarray(shares) - COVERAGE).max() < 0.06
    before = (np.abs(truth - age) <= 3)[truth >= 70].mean()
    assert before < 0.5


def test_every_age_group_becomes_a_distribution_about_its_years() -> None:
    for group, name in enumerate(GROUPS):
        spread = group_distribution(group)
        assert pytest.approx(1, abs=1e-5) == spread.sum(), name
    assert pytest.approx(24.5, abs=0.1) == group_distribution(3) @ np.arange(AGES)


def test_lines_without_a_label_are_not_used() -> None:
    good = attribute_faces(1).rows[0]

    assert usable(good)
    assert not usable(good | {"age": ""})
    assert not usable(good | {"gender": "unknown"})


def test_an_undisturbed_crop_is_what_the_service_cuts_from_the_chip() -> None:
    photo = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8), (0, 0), 3)
    chip = cv2.warpAffine(photo, TO_CHIP, (256, 256), borderMode=cv2.BORDER_REPLICATE)
    info = ModelInfo("attributes", "x", "1", "", tuple(config.WINDOW), (config.SIZE, config.SIZE), {}, {})

    expected = ChipWindow(info).cut(chip)
    actual = crop(photo, TO_CHIP, config.WINDOW, config.SIZE, STILL, np.random.default_rng(0))

    assert np.abs(expected.astype(int) - actual.astype(int)).mean() < 1.5
