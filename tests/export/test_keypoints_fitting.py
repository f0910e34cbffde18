"""Fitting the points and the action units' scales, and the measures of the evaluation."""

import struct

import numpy as np
import pytest

from contracts.action_units import PRESENT
from export.keypoints.accuracy import errors
from export.keypoints.expressions import area_under_curve
from export.keypoints.labels import BLENDSHAPE_INPUTS, BLENDSHAPES, mirror_permutation
from export.keypoints.readout import MIRRORED, NAMES, fit, mirror_points, nearest_matrix
from export.keypoints.render import project, render
from export.keypoints.scales import BY_MEANING, calibrate
from export.keypoints.source import parse_geometry
from export.keypoints.trust import calibration_error, fit_weights, risk_at_coverage
from services.keypoints.action_units import FORMULAS, intensity
from services.keypoints.pose import from_angles

MESH = 478
WIDTH = 256


def test_the_readout_recovers_points_that_are_a_fixed_way_off_the_mesh() -> None:
    generator = np.random.default_rng(0)
    meshes, seen = generator.normal(128, 40, (300, MESH, 2)), generator.normal(size=(300, 5))
    marked = at_nearest(meshes) + np.array([0.0, 3.0])

    found = fit(meshes, seen, marked, np.ones(300))(meshes, seen)

    assert np.abs(found - marked).max() < 0.1


def test_the_readout_hears_of_what_the_net_saw() -> None:
    meshes, seen = faces_like_one(4000), np.random.default_rng(1).normal(size=(4000, 3))
    marked = at_nearest(meshes)
    marked[:, 6, 1] += 4 * seen[:, 0]

    moved = fit(meshes, seen, marked, np.ones(4000))(meshes, seen)[:, 6, 1] - at_nearest(meshes)[:, 6, 1]

    assert np.corrcoef(moved, seen[:, 0])[0, 1] > 0.95


def test_the_readout_moves_with_the_face() -> None:
    generator = np.random.default_rng(1)
    meshes, seen = generator.normal(128, 40, (100, MESH, 2)), generator.normal(size=(100, 5))
    readout = fit(meshes, seen, generator.normal(128, 40, (100, 15, 2)), np.ones(100))

    moved = readout(meshes + np.array([7.0, -5.0]), seen)

    assert np.allclose(readout(meshes, seen) + np.array([7.0, -5.0]), moved)


def test_a_few_faces_with_wrong_marks_hardly_move_the_readout() -> None:
    meshes, seen = faces_like_one(400), np.zeros((400, 0))
    marked = at_nearest(meshes)
    marked[:20] += 60.0

    found = fit(meshes, seen, marked, np.ones(400))(meshes, seen)

    least_squares = 60 * 20 / 400
    assert np.abs(found - at_nearest(meshes))[20:].mean() < least_squares / 5


def faces_like_one(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    generator = np.random.default_rng(1)
    return generator.normal(128, 40, (1, MESH, 2)) + generator.normal(0, 1, (count, MESH, 2))


def at_nearest(
    meshes: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return (meshes.reshape(len(meshes), -1) @ nearest_matrix(MESH)).reshape(len(meshes), -1, 2)


def test_points_that_are_mirrored_twice_come_back() -> None:
    points = np.random.default_rng(2).normal(128, 40, (3, len(NAMES), 2))
    there = mirror_points(points, np.array(MIRRORED), WIDTH)

    assert np.allclose(mirror_points(there, np.array(MIRRORED), WIDTH), points)
    assert not np.allclose(there, points)


def test_weights_are_found_and_no_sign_of_doubt_speaks_for_a_face() -> None:
    generator = np.random.default_rng(5)
    signs = [{"telling": a, "silent": b, "backwards": c} for a, b, c in generator.gamma(1, 1, (4000, 3))]
    doubt = np.array([2 * face["telling"] - face["backwards"] - 4 for face in signs])
    failed = generator.random(4000) < 1 / (1 + np.exp(-doubt))

    weights = fit_weights(signs, failed)

    assert weights["telling"] > 1
    assert weights["silent"] < 0.2
    assert weights["backwards"] == 0


def test_the_risk_is_the_mean_error_of_the_surest_faces() -> None:
    errors, confidences = np.array([4.0, 1.0, 3.0, 2.0]), np.array([0.1, 0.9, 0.5, 0.5])

    assert risk_at_coverage(confidences, errors).tolist() == pytest.approx([1.0, 1.75, 2.0, 2.5])


def test_a_confidence_that_is_the_share_of_successes_has_no_calibration_error() -> None:
    failed = np.arange(1000) % 4 == 0

    assert calibration_error(np.full(1000, 0.75), failed) == pytest.approx(0, abs=1e-9)
    assert calibration_error(np.full(1000, 0.95), failed) == pytest.approx(0.2)


def test_five_percent_of_resting_faces_exceed_presence() -> None:
    generator = np.random.default_rng(3)
    strengths = {name: generator.random(4000) for name in FORMULAS}
    neutral = np.arange(4000) < 2000

    scales = calibrate(strengths, neutral)

    for name in set(FORMULAS) - set(BY_MEANING):
        shown = intensity(strengths[name][neutral], scales[name]) >= PRESENT
        assert shown.mean() == pytest.approx(0.05, abs=0.002)


def test_the_area_under_the_curve_counts_pairs_in_order_and_ties_half() -> None:
    scores = np.array([0.1, 0.4, 0.4, 0.9])
    positive = np.array([False, True, False, True])

    assert area_under_curve(scores, positive) == pytest.approx((1 + 0.5 + 1 + 1) / 4)


def test_errors_are_normalised_by_the_outer_eye_corners_and_squared_at_96_pixels() -> None:
    marked = np.zeros((1, 15, 2))
    marked[0, NAMES.index("left_eye_outer_corner"), 0] = 100.0
    found = marked + np.array([0.0, 8.0])

    measured = errors(found, marked)

    assert measured.nme == pytest.approx(8.0)
    assert measured.mse_96 == pytest.approx((8.0 * 96 / 256) ** 2 / 2)


def test_the_blendshape_nets_tables_have_its_sizes() -> None:
    assert (len(BLENDSHAPES), len(BLENDSHAPE_INPUTS)) == (52, 146)
    assert sorted(set(BLENDSHAPE_INPUTS)) == list(BLENDSHAPE_INPUTS)


def test_mirroring_the_mesh_twice_gives_it_back() -> None:
    generator = np.random.default_rng(4)
    half = generator.normal(size=(234, 3))
    permutation = mirror_permutation(np.concatenate([half, half * (-1, 1, 1)]))

    assert np.array_equal(np.arange(MESH), permutation[permutation])


def test_the_geometry_message_is_read_without_a_protobuf_library() -> None:
    def field(number: int, value: bytes) -> bytes:
        return bytes([number << 3 | 2, len(value)]) + value

    vertices = b"".join(bytes([3 << 3 | 5]) + struct.pack("<f", v) for v in (1, 2, 3, 0, 0, 4, 5, 6, 0, 0))
    triangles = b"".join(bytes([4 << 3, index]) for index in (0, 1, 0))
    basis = bytes([1 << 3, 1, 2 << 3 | 5]) + struct.pack("<f", 0.25)

    face = parse_geometry(field(1, vertices + triangles) + field(2, basis))

    assert face.points.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert face.triangles.tolist() == [[0, 1, 0]]
    assert dict(face.basis) == {1: 0.25}


def test_a_nearer_triangle_is_painted_over_a_farther_one() -> None:
    texture = np.array([[0.0, 0.0], [0, 0], [0, 0], [9, 9], [9, 9], [9, 9]])
    photo = np.zeros((10, 10, 3), np.uint8)
    photo[9, 9] = 200
    corners = [[2, 2], [30, 2], [2, 30]]
    projected = np.array([[*c, 5.0] for c in corners] + [[*c, 3.0] for c in corners])
    triangles = np.array([[3, 4, 5], [0, 1, 2]])
    background = np.full((40, 40, 3), 77, np.uint8)

    picture = render(photo, texture, projected, triangles, background)

    assert picture[5, 5].tolist() == [200, 200, 200]
    assert picture[39, 39].tolist() == [77, 77, 77]


def test_a_head_turned_to_its_left_moves_its_nose_to_the_right_of_the_picture() -> None:
    nose = np.array([[0.0, 0.0, -7.0]])

    x, y, _ = project(nose, from_angles(30, 0, 0), 100.0, 1000.0, 401)[0]

    assert x > 230
    assert y == pytest.approx(200)
