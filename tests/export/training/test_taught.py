import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is installed by `make test-export`")
from torch.nn import functional

from export.attributes import config, taught
from export.attributes.architecture import BLOCKS, AttributesNet, TaughtNet
from export.attributes.config import Stage
from export.attributes.teacher import TAUGHT, Teacher, two_passes
from export.embedder.foamliu import SOURCE
from export.embedder.foamliu_reference import expected
from export.packages import FetchError
from export.training import relu_mobilefacenet
from export.training.augment import STILL
from export.training.faces import Faces
from export.training.halving import HalvingConv2d
from export.training.loop import fit
from export.training.mobilefacenet import MobileFaceNet
from export.training.plan import Plan
from export.training.relu_mobilefacenet import ReluMobileFaceNet
from export.training.trained import Split
from tests.export.training.faces import TO_CHIP, attribute_faces

UTK_ROW = {"file": "train/00000.jpg", "split": "train", "age": "84", "gender": "Male", "race": "White"}


def lesson(rows: list[dict[str, str]]) -> dict[str, torch.Tensor]:
    """A teacher that is sure of each block's last class."""
    said = {
        name: torch.nn.functional.one_hot(torch.tensor(BLOCKS[name] - 1), BLOCKS[name]) for name in TAUGHT
    }
    return {name: one.float().expand(len(rows), -1) for name, one in said.items()}


def net() -> TaughtNet:
    torch.manual_seed(3)
    return TaughtNet(ReluMobileFaceNet(), width=32, layers=1, dropout=0.1)


@pytest.mark.parametrize("whole", [False, True])
def test_the_loss_falls_on_a_few_faces(tmp_path: Path, *, whole: bool) -> None:
    faces = attribute_faces()
    stage = Stage("some", 1, 1.0, whole, STILL, 1)
    learner = taught.TaughtLearner(net(), faces, taught.lessons(faces.rows, lesson(faces.rows)), faces, stage)
    plan = Plan(examples=len(faces), epochs=12, batch=6, validate_every=12, warmup=0.2)

    fit(learner, plan, tmp_path)

    rows = [line.split(",") for line in (tmp_path / "log.csv").read_text().splitlines()]
    assert rows[0][4:] == ["group", "gender", "race", "age_error", "exact_age_error"]
    assert float(rows[-1][3]) < float(rows[1][3])


def named(some: Faces) -> Faces:
    return dataclasses.replace(some, rows=[row | {"file": f"{i}.jpg"} for i, row in enumerate(some.rows)])


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Faces:
    some = named(attribute_faces(40))
    exact = [row | {"age": str(2 * i)} for i, row in enumerate(some.rows)]
    for row in exact:
        del row["service_test"]
    some = dataclasses.replace(some, rows=some.rows[:20] + exact[20:])
    held = [0, 1, 2, 3, 36, 37, 38, 39]
    split = Split(some.subset(range(4, 36)), some.subset(held), some.subset(range(32)))
    monkeypatch.setattr(taught.faces, "known", lambda: some)
    monkeypatch.setattr(taught.faces, "split", lambda: split)
    return some


def test_a_run_from_teacher_to_graph(tmp_path: Path, few: Faces, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(3)
    tuned = AttributesNet(MobileFaceNet(), width=16, layers=1, dropout=0.1)
    monkeypatch.setattr(taught.relu_mobilefacenet, "pretrained", ReluMobileFaceNet)
    monkeypatch.setattr(config, "TEACHER", dataclasses.replace(config.TEACHER, width=16))
    monkeypatch.setattr(taught, "_MEASURED", 4)
    monkeypatch.setattr(Stage, "plan", lambda _, examples: Plan(examples, 1, batch=8))
    teacher = Teacher(tmp_path / "teacher", lambda: tuned)
    run = taught.Run(tmp_path / "taught", teacher)

    model = run.trained().build()

    said = teacher.teach(few)
    assert {name: tuple(part.shape) for name, part in said.items()} == {
        "group": (40, 9),
        "gender": (40, 2),
        "race": (40, 7),
        "age": (40, 101),
    }
    for part in said.values():
        torch.testing.assert_close(part.sum(1), torch.ones(40), atol=3e-3, rtol=0)
    assert run.trained().parity(model).largest["race"] < 0.05
    kinds = Counter(node.op_type for node in model.graph.node)
    assert kinds["Relu"] == 34
    assert kinds["BatchNormalization"] + kinds["PRelu"] <= 2  # the perceptron's


def test_the_teacher_says_the_same_of_a_face_and_its_mirror_image() -> None:
    model, some = AttributesNet(MobileFaceNet(), width=16, layers=1, dropout=0.1).eval(), attribute_faces(2)
    mirrored = dataclasses.replace(
        some, to_chip=[np.asarray([[-1.0, 0, 255], [0, 1, 0]]) @ np.vstack([TO_CHIP, [0, 0, 1]])] * 2
    )

    np.testing.assert_allclose(two_passes(model, some), two_passes(model, mirrored), atol=0.01)


def test_the_backbone_keeps_still_while_the_heads_learn(tmp_path: Path) -> None:
    faces, model = attribute_faces(), net()
    before = {name: value.clone() for name, value in model.backbone.state_dict().items()}
    learner = taught.TaughtLearner(
        model,
        faces,
        taught.lessons(faces.rows, lesson(faces.rows)),
        faces,
        Stage("heads", 1, 1.0, False, STILL, 1),
    )

    fit(learner, Plan(examples=len(faces), epochs=1, batch=6), tmp_path)

    for name, value in model.backbone.state_dict().items():
        torch.testing.assert_close(value, before[name])


def test_a_lesson_mixes_label_and_teacher_and_leaves_a_missing_label_to_the_teacher() -> None:
    found = taught.lessons([UTK_ROW], lesson([UTK_ROW]))

    for name, said in found.items():
        assert said.sum().item() == pytest.approx(1, abs=1e-5), name
    assert found["race"][0, -1] == 1
    assert found["gender"][0, 1] == pytest.approx(1 - (1 - config.TEACHER_SHARE) * config.SMOOTHING / 2)
    assert found["age"][0, 100] == pytest.approx(config.TEACHER_SHARE, abs=1e-3)


def test_rare_ages_come_more_often_in_either_data_set() -> None:
    old = attribute_faces(3).rows[2]

    assert taught.times(old) == taught.times(UTK_ROW) == 3
    assert taught.times({"age": "31", "gender": "Male"}) == 1


def test_a_halving_convolution_trains_with_the_numbers_that_it_serves() -> None:
    torch.manual_seed(0)
    halving, image = HalvingConv2d(8, 8, 3, 2, 1, groups=8), torch.randn(2, 8, 14, 14)

    trained, served = halving.train()(image), halving.eval()(image)

    torch.testing.assert_close(trained, served)
    assert trained.shape == (2, 8, 7, 7)
    assert np.isfinite(trained.detach().numpy()).all()


def test_the_gradient_of_a_halving_convolution_is_that_of_the_strided_one() -> None:
    torch.manual_seed(0)
    halving, image = HalvingConv2d(8, 8, 3, 2, 1, groups=8), torch.randn(2, 8, 13, 13)
    gradients = []
    for mode in (True, False):
        halving.train(mode).zero_grad()
        halving(image).square().sum().backward()
        gradients.append(halving.weight.grad.clone())

    torch.testing.assert_close(gradients[0], gradients[1])


def test_the_published_backbone_sees_what_the_published_embedder_embeds() -> None:
    try:
        backbone = relu_mobilefacenet.pretrained().eval()
    except FetchError as error:
        pytest.skip(str(error))
    state = torch.load(str(SOURCE.find()), map_location="cpu", weights_only=True)
    image = np.random.default_rng(2).integers(0, 256, (2, 112, 112, 3), np.uint8)

    with torch.inference_mode():
        seen = backbone(torch.from_numpy(image).permute(0, 3, 1, 2).float())[:, 512:, None, None]
        raw = functional.conv2d(seen, state["conv3.weight"], state["conv3.bias"]).flatten(1)
        norm = (state[f"bn.{name}"] for name in ("running_mean", "running_var", "weight", "bias"))
        actual = functional.normalize(functional.batch_norm(raw, *norm))

    np.testing.assert_allclose(actual.numpy(), expected(image), atol=1e-4)


def test_every_parameter_of_the_whole_net_is_fitted_once() -> None:
    some = attribute_faces()
    learner = taught.TaughtLearner(
        net(),
        some,
        taught.lessons(some.rows, lesson(some.rows)),
        some,
        Stage("whole", 1, 1.0, True, STILL, 1),
    )

    fitted = [id(p) for group in learner.parameter_groups() for p in group["params"]]

    assert len(fitted) == len(set(fitted))
    assert set(fitted) == {id(p) for p in learner.model.parameters()}


def test_each_stage_sees_other_disturbances() -> None:
    assert len({stage.plan(100).seed for stage in config.TAUGHT_STAGES}) == len(config.TAUGHT_STAGES)


def test_what_was_said_of_other_faces_is_not_taught(tmp_path: Path) -> None:
    teacher, some = Teacher(tmp_path), named(attribute_faces(4))
    teacher.net = AttributesNet(MobileFaceNet(), width=16, layers=1, dropout=0.1).eval()
    first = teacher.teach(some)["race"]

    turned = teacher.teach(some.subset([3, 2, 1, 0]))["race"]

    torch.testing.assert_close(turned, first.flip(0), atol=1e-3, rtol=0)
    teacher.net = None  # type: ignore[assignment]  # what is kept needs no net
    torch.testing.assert_close(teacher.teach(some.subset([3, 2, 1, 0]))["race"], turned)
