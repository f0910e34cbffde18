import csv
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from contracts.detection import DetectReply
from contracts.faces import Box, ImageSize, Landmarks, LocatedFace, Point
from contracts.models import ModelRef
from studies.generator.augment import augment
from studies.generator.comparison import Nearest
from studies.generator.comparison import table as copies_table
from studies.generator.imbalance import Counts, chart, choose, largest, table
from studies.generator.networks import LATENT, Discriminator, Generator, latents
from studies.generator.pictures import curves, sheet
from studies.generator.realism import (
    fixed_features,
    frechet,
    look,
    nearest,
    png,
)
from studies.generator.train import Config, sample, start, train
from studies.generator.trained import compare, convert

TINY = Config(width=4, judge_width=4, batch=8, steps=4, save_every=2)


@pytest.fixture
def faces() -> np.ndarray:
    """Sixteen smooth random pictures: the networks only need something to fit."""
    coarse = np.random.default_rng(0).integers(0, 256, (16, 4, 4, 3))
    return coarse.repeat(16, axis=1).repeat(16, axis=2).astype(np.uint8)


def test_a_latent_vector_becomes_a_64_pixel_picture_in_minus_one_to_one() -> None:
    drawn = Generator(4)(latents(2, torch.Generator().manual_seed(0)))
    assert tuple(drawn.shape) == (2, 3, 64, 64)
    assert drawn.abs().max() <= 1


def test_the_discriminator_gives_one_logit_per_picture() -> None:
    assert tuple(Discriminator(4, 0.1)(torch.zeros(3, 3, 64, 64)).shape) == (3,)


def test_the_discriminator_drops_out_only_in_training() -> None:
    judge, pictures = Discriminator(4, 0.5), torch.randn(2, 3, 64, 64)
    assert not torch.equal(judge(pictures), judge(pictures))
    judge.eval()
    assert torch.equal(judge(pictures), judge(pictures))


def test_augmentation_keeps_the_shape_and_lets_gradients_through() -> None:
    pictures = torch.zeros(4, 3, 64, 64, requires_grad=True)
    changed = augment(pictures, shift=1 / 8, cut=0.4)
    changed.sum().backward()
    assert pictures.shape == changed.shape
    assert pictures.grad is not None
    assert (pictures.grad != 0).float().mean() > 0


def test_a_cut_takes_out_a_square_of_the_given_size_or_less() -> None:
    torch.manual_seed(0)
    bright = torch.ones(64, 3, 64, 64)
    missing = (augment(bright, shift=0, cut=0.5) == 0).all(1).float().sum((1, 2))
    assert missing.max() <= 33**2
    assert missing.min() >= 16**2 - 64


def test_training_writes_a_log_line_per_interval(faces: np.ndarray, tmp_path: Path) -> None:
    state = train(faces, TINY, tmp_path)
    with (tmp_path / "log.csv").open() as file:
        steps = [int(row["step"]) for row in csv.DictReader(file)]
    assert state.step == 4
    assert steps == [2, 4]


def test_a_killed_run_ends_where_an_unbroken_one_does(faces: np.ndarray, tmp_path: Path) -> None:
    whole = train(faces, TINY, tmp_path / "whole")
    train(faces, replace(TINY, steps=2), tmp_path / "broken")
    resumed = train(faces, TINY, tmp_path / "broken")
    for expected, actual in zip(whole.averaged.parameters(), resumed.averaged.parameters(), strict=True):
        assert torch.equal(expected, actual)


def test_a_checkpoint_of_another_width_is_refused(faces: np.ndarray, tmp_path: Path) -> None:
    train(faces, TINY, tmp_path)
    with pytest.raises(ValueError, match="width 4, not 8"):
        train(faces, replace(TINY, width=8), tmp_path)


def test_the_discriminator_learns_to_tell_real_from_drawn(faces: np.ndarray, tmp_path: Path) -> None:
    config = replace(TINY, steps=60, save_every=20, rate=1e-9, dropout=0.0)
    train(faces, config, tmp_path)
    with (tmp_path / "log.csv").open() as file:
        losses = [float(row["d_loss"]) for row in csv.DictReader(file)]
    assert losses[-1] < 0.8 * losses[0]


def test_the_same_seed_draws_the_same_faces() -> None:
    generator = start(TINY).averaged
    with torch.no_grad():
        for weights in generator.parameters():
            weights.mul_(10)  # fresh weights draw nothing but middle grey
    first = sample(generator, 3, seed=5)
    assert first.shape == (3, 64, 64, 3)
    assert np.array_equal(first, sample(generator, 3, seed=5))
    assert not np.array_equal(first, sample(generator, 3, seed=6))


def test_the_latent_length_is_the_services() -> None:
    from services.generator.model import LATENT_DIMENSIONS  # noqa: PLC0415  # beside the one test that needs it

    assert LATENT_DIMENSIONS == LATENT


def test_equal_distributions_have_no_frechet_distance() -> None:
    values = np.random.default_rng(0).normal(size=(500, 6))
    assert pytest.approx(0, abs=1e-9) == frechet(values, values)


def test_the_frechet_distance_of_two_normals_is_the_closed_form() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, (200_000, 2)), rng.normal((3, 0), (2, 1), (200_000, 2))
    assert pytest.approx(3**2 + (2 - 1) ** 2, rel=0.02) == frechet(a, b)


def reply(*chips: np.ndarray) -> DetectReply:
    point = Point(x=0, y=0)
    box = Box(x=0, y=0, width=64, height=64)
    marks = Landmarks(left_eye=point, right_eye=point, nose=point, mouth_left=point, mouth_right=point)
    face = LocatedFace(box=box, score=0.9, landmarks=marks, transform=(1, 0, 0, 0, 1, 0))
    model = ModelRef(name="m", version="1", digest="0")
    size = ImageSize(width=64, height=64)
    pixels = b"".join(chip.tobytes() for chip in chips)
    return DetectReply(image=size, faces=[face] * len(chips), chips=pixels, model=model)


def test_pictures_without_a_face_are_counted_and_left_out() -> None:
    chip = np.full((256, 256, 3), 9, np.uint8)
    pictures = np.zeros((3, 64, 64, 3), np.uint8)
    seen = look(pictures, lambda files: [reply(*[chip] * (i == 1)) for i, _ in enumerate(files)])
    assert seen.found.tolist() == [False, True, False]
    assert np.array_equal(chip[None], seen.chips)


def test_a_picture_survives_its_png() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    assert np.array_equal(
        picture, cv2.imdecode(np.frombuffer(png(picture), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    )


def test_fixed_features_tell_colours_and_edges_apart() -> None:
    chips = np.zeros((3, 256, 256, 3), np.uint8)
    chips[1, :, :, 0] = 255
    chips[2, :, 128:] = 255
    features = fixed_features(chips)
    assert features.shape == (3, 192)
    assert np.linalg.norm(features[0] - features[1]) > 1
    assert np.linalg.norm(features[0] - features[2]) > 1


def test_a_copied_training_face_is_found_even_when_mirrored() -> None:
    training = np.random.default_rng(0).integers(0, 256, (5, 64, 64, 3)).astype(np.uint8)
    distances, places = nearest(training[3][:, ::-1], training, 2)
    assert places[0] == 3
    assert distances[0] == pytest.approx(0, abs=0.1)
    assert distances[1] > 50


def test_a_set_of_faces_has_the_wanted_share_of_women() -> None:
    female = np.array([True] * 50 + [False] * 50)
    chosen = choose(female, 0.7, largest(female, (0.5, 0.7)), np.random.default_rng(0))
    assert len(chosen) == len(set(chosen.tolist())) == 71
    assert female[chosen].mean() == pytest.approx(0.7, abs=0.01)


def test_a_share_that_the_faces_do_not_give_is_refused() -> None:
    with pytest.raises(ValueError, match="do not give 100 faces"):
        choose(np.array([True] * 50 + [False] * 50), 0.7, 100, np.random.default_rng(0))


def test_the_study_is_told_as_a_table_and_a_chart(tmp_path: Path) -> None:
    results = [Counts(0.5, (30,) * 10, 700), Counts(0.7, (42,) * 10, 650)]
    chart(results, tmp_path / "imbalance.png")
    assert (tmp_path / "imbalance.png").read_bytes().startswith(b"\x89PNG")
    assert "| 70% | 42 | 42 | 42 | 42 | 42 | 42 | 42 | 42 | 42 | 42 | 70.0% |" in table(results)


def test_the_onnx_generator_draws_what_torch_draws(faces: np.ndarray, tmp_path: Path) -> None:
    generator = train(faces, replace(TINY, steps=30), tmp_path).averaged.eval()
    assert compare(convert(generator), generator).largest["image"] <= 1


def test_the_copy_table_sets_drawn_beside_unseen_faces() -> None:
    drawn, unseen = [Nearest(30.0, 0.5)], [Nearest(20.0, 0.7)]
    assert "| mean | 30.0 | 0.500 | 20.0 | 0.700 |" in copies_table(drawn, unseen)


def test_a_log_is_drawn_as_curves(faces: np.ndarray, tmp_path: Path) -> None:
    train(faces, TINY, tmp_path)
    curves(tmp_path / "log.csv", tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_a_sheet_shows_the_pictures_row_by_row() -> None:
    pictures = np.arange(6, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    assert sheet(pictures, 3)[::2, ::2, 0].tolist() == [[0, 1, 2], [3, 4, 5]]
