import csv
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tqdm")

from export.onnx_tools.sessions import Session
from studies.keypoints_cnn.__main__ import table
from studies.keypoints_cnn.augment import STILL, Jitter, cut, mirror, shrink
from studies.keypoints_cnn.faces import Faces, from_archive, from_kaggle
from studies.keypoints_cnn.networks import NETWORKS, masked_error
from studies.keypoints_cnn.points import MIRROR, POINTS, normalised_error, squared_error
from studies.keypoints_cnn.to_onnx import to_onnx
from studies.keypoints_cnn.train import KeypointLearner, marks, predict, still, train

COLUMNS = [f"{name}_{axis}" for name in POINTS for axis in "xy"]


def marked_faces(count: int, side: int = 96) -> Faces:
    """Dots on grey: a picture is dark but for its points."""
    rng = np.random.default_rng(0)
    points = rng.uniform(0.2 * side, 0.8 * side, (count, len(POINTS), 2)).astype(np.float32)
    pictures = np.full((count, side, side), 90, np.uint8)
    for picture, dots in zip(pictures, points.round().astype(int), strict=True):
        for x, y in dots:
            picture[y - 1 : y + 2, x - 1 : x + 2] = 250
    return Faces(pictures, points, {})


def write_kaggle(path: Path, rows: list[tuple[dict[str, float], str]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS, "Image"])
        writer.writeheader()
        for marks, image in rows:
            writer.writerow({**marks, "Image": image})
    return path


def test_the_mirror_swaps_names_and_is_its_own_inverse() -> None:
    assert POINTS.index("right_eyebrow_inner_end") == MIRROR[POINTS.index("left_eyebrow_inner_end")]
    assert POINTS.index("nose_tip") == MIRROR[POINTS.index("nose_tip")]
    assert list(range(15)) == [MIRROR[MIRROR[i]] for i in range(15)]


def test_a_mirrored_face_keeps_its_points_on_their_dots() -> None:
    faces = marked_faces(1)
    picture, points = mirror(faces.pictures[0], faces.points[0])
    for x, y in points.round().astype(int):
        assert picture[y, x] == 250


def test_an_undisturbed_cut_is_the_plain_reduction() -> None:
    faces = marked_faces(1, side=256)
    _, points = cut(faces.pictures[0], faces.points[0], STILL, np.random.default_rng(0))
    np.testing.assert_allclose(shrink(faces.points[0], 256), points, atol=1e-4)


def test_a_jittered_cut_moves_picture_and_points_together() -> None:
    side, rng = 256, np.random.default_rng(1)
    picture = np.zeros((side, side), np.uint8)
    picture[118:131, 98:111] = 255
    points = np.full((15, 2), np.nan, np.float32)
    points[0] = (104, 124)
    shrunk, moved = cut(picture, points, Jitter(light=0.0, mirror=0.0), rng)
    rows, columns = np.nonzero(shrunk > 128)
    assert pytest.approx(columns.mean(), abs=0.6) == moved[0, 0]
    assert pytest.approx(rows.mean(), abs=0.6) == moved[0, 1]
    assert np.isnan(moved[1:]).all()


def test_kaggle_lines_are_read_with_their_gaps(tmp_path: Path) -> None:
    image = " ".join(["7"] * 96 * 96)
    other = " ".join(["9"] * 96 * 96)
    full = dict.fromkeys(COLUMNS, 40.0)
    rows = [(full, image), ({"nose_tip_x": 48.5, "nose_tip_y": 50.25}, other)]
    faces = from_kaggle(write_kaggle(tmp_path / "training.csv", rows))
    assert faces.pictures.shape == (2, 96, 96)
    assert (faces.pictures[0, 0, 0], faces.pictures[1, 95, 95]) == (7, 9)
    assert faces.points[1, POINTS.index("nose_tip")].tolist() == [48.5, 50.25]
    assert np.isnan(faces.points[1]).any(1).sum() == 14


def test_lines_that_cannot_be_used_are_counted(tmp_path: Path) -> None:
    image = " ".join(["7"] * 96 * 96)
    full = dict.fromkeys(COLUMNS, 40.0)
    rows = [(full, image), (full, image), (full, "1 2 3"), ({}, " ".join(["8"] * 96 * 96))]
    faces = from_kaggle(write_kaggle(tmp_path / "training.csv", rows))
    assert len(faces) == 1
    assert faces.skipped == {"repeated picture": 1, "broken picture": 1, "no point": 1}


def test_a_file_with_other_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "training.csv").write_text("Image\n1 2\n")
    with pytest.raises(ValueError, match="lacks the columns"):
        from_kaggle(tmp_path / "training.csv")


def test_errors_ignore_unmarked_points() -> None:
    marked = np.zeros((2, 15, 2), np.float32)
    marked[:, POINTS.index("left_eye_outer_corner"), 0] = 50
    marked[0, 10] = np.nan
    predicted = marked.copy()
    predicted[1, 10] = (3, 4)
    predicted[0, 10] = (90, 90)
    assert pytest.approx(12.5) == squared_error(predicted, marked)[10]
    assert pytest.approx(0.1) == normalised_error(predicted, marked)[10]


def test_the_masked_loss_equals_the_mean_over_known_coordinates() -> None:
    marked = torch.tensor([[[1.0, 2.0], [float("nan"), float("nan")]]])
    predicted = torch.tensor([[[2.0, 4.0], [50.0, 50.0]]], requires_grad=True)
    loss = masked_error(predicted, marked)
    loss.backward()
    assert loss.item() == 2.5
    assert predicted.grad is not None
    assert predicted.grad[0, 1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_network_gives_15_points_near_the_middle_at_first(name: str) -> None:
    points = NETWORKS[name](8).eval()(torch.rand(2, 1, 96, 96) * 255)
    assert tuple(points.shape) == (2, 15, 2)
    assert (points - 47.5).abs().max() < 60


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_the_loss_goes_down(name: str) -> None:
    faces = marked_faces(8)
    torch.manual_seed(0)
    learner = KeypointLearner(name, faces, faces, width=8)
    optimizer = torch.optim.Adam(learner.model.parameters(), 2e-3)
    batch = learner.batch(range(8), np.random.default_rng(0))
    losses = []
    for _ in range(25):
        optimizer.zero_grad()
        loss = learner.loss(batch)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_a_finished_run_is_resumed_without_further_steps(tmp_path: Path) -> None:
    faces = marked_faces(8)
    first = predict(train("plain", (faces, faces), 4, tmp_path), faces)
    again = predict(train("plain", (faces, faces), 4, tmp_path), faces)
    np.testing.assert_array_equal(first, again)


def test_the_archive_has_its_870_and_330_faces() -> None:
    try:
        train_faces, dev = from_archive("train"), from_archive("dev")
    except FileNotFoundError as error:
        pytest.skip(str(error))
    assert (len(train_faces), len(dev)) == (870, 330)


@pytest.mark.parametrize("name", sorted(NETWORKS))
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's exporter without dynamo
def test_the_onnx_network_finds_the_points_that_torch_finds(name: str) -> None:
    faces = marked_faces(3)
    torch.manual_seed(0)
    network = NETWORKS[name](8).eval()
    found = Session(to_onnx(network, name))({"image": still(faces)})["points"]
    np.testing.assert_allclose(predict(network, faces), found, atol=0.05)


def test_the_error_table_has_a_line_per_point_and_the_mean() -> None:
    marked = marks(marked_faces(2))
    lines = table(marked + np.float32(1), marked).splitlines()
    assert len(lines) == 2 + 15 + 1
    assert lines[-1].startswith("| **all** | **1.00** |")
