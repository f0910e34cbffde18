"""Pose and gaze of heads whose pose and gaze are known: their signs, how exactly they come back, when not to trust them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from contracts.keypoints import Gaze
from services.keypoints.canonical import CanonicalFace
from services.keypoints.frontal import EYE_CORNERS, IRISES, LIDS
from services.keypoints.gaze import IRIS_RADIUS, estimate_gaze
from services.keypoints.pose import FOCAL, estimate_pose, from_angles, mesh_yaw, to_angles, true_yaw

_MESH_POINTS = 478
_CENTRE_OF_ROTATION = {
    "Left": (0.10, -0.13, 0.75),
    "Right": (-0.10, -0.13, 0.75),
}  # services/keypoints/gaze.py


def head_points(
    canonical: CanonicalFace, gaze: tuple[float, float] = (0, 0), closed: float = 0.0
) -> NDArray[np.float64]:
    """The canonical face with irises that look `gaze` (yaw, pitch against the head), (478, 3) in the head's frame, cm."""
    yaw, pitch = np.radians(gaze)
    ahead = np.array([np.sin(yaw) * np.cos(pitch), -np.sin(pitch), -np.cos(yaw) * np.cos(pitch)])
    points = np.zeros((_MESH_POINTS, 3))
    points[: len(canonical.points)] = canonical.points
    for side, corners in EYE_CORNERS.items():
        middle = points[list(corners)].mean(axis=0)
        points[IRISES[side]] = middle + _CENTRE_OF_ROTATION[side] + IRIS_RADIUS * ahead
        upper, lower = LIDS[side]
        points[upper] += closed * (points[lower] - points[upper])
    return points


def seen(
    points: NDArray[np.float64],
    pose: tuple[float, float, float],
    distance: float = 100.0,
    focal: float = FOCAL,
) -> NDArray[np.float64]:
    """Head points through a pinhole camera: (478, 3) in chip pixels, z on x's scale."""
    camera = points @ from_angles(*pose).T + (0.0, 1.0, distance)
    plane = focal * camera[:, :2] / camera[:, 2:] + 127.5
    return np.column_stack([plane, (camera[:, 2] - distance) * focal / distance])


FACING = np.array([0.0, 0.0, -1.0])
angle = st.floats(-80, 80)


@given(angle, angle, st.floats(-179, 179))
def test_angles_come_back_from_their_rotation(yaw: float, pitch: float, roll: float) -> None:
    assert (yaw, pitch, roll) == pytest.approx(to_angles(from_angles(yaw, pitch, roll)), abs=1e-6)


def test_a_positive_yaw_turns_the_face_to_the_right_of_the_picture() -> None:
    assert (from_angles(30, 0, 0) @ FACING)[0] == pytest.approx(0.5)


def test_a_positive_pitch_lifts_the_face() -> None:
    assert (from_angles(0, 30, 0) @ FACING)[1] == pytest.approx(-0.5)


def test_a_positive_roll_turns_clockwise_in_the_picture() -> None:
    up = np.array([0.0, -1.0, 0.0])

    assert (from_angles(0, 0, 30) @ up)[0] == pytest.approx(0.5)


@pytest.mark.parametrize(
    "pose", [(0, 0, 0), (25, 0, 0), (-25, 10, 5), (40, -20, -10), (0, 30, 0), (-60, 0, 0), (10, -10, 45)]
)
def test_the_pose_of_a_projected_canonical_face_comes_back(
    canonical: CanonicalFace, pose: tuple[float, float, float]
) -> None:
    found = estimate_pose(seen(head_points(canonical), pose), canonical)

    assert pose == pytest.approx(found.angles, abs=0.01)


@pytest.mark.parametrize(("distance", "tolerance"), [(50.0, 3.0), (70.0, 1.5), (200.0, 1.5), (400.0, 2.0)])
def test_another_focal_length_than_the_assumed_one_costs_few_degrees(
    canonical: CanonicalFace, distance: float, tolerance: float
) -> None:
    pose = (25.0, 10.0, 0.0)
    mesh = seen(head_points(canonical), pose, distance, focal=11.0 * distance)

    assert pose == pytest.approx(estimate_pose(mesh, canonical).angles, abs=tolerance)


def test_a_mirrored_mesh_has_the_opposite_yaw_and_roll(canonical: CanonicalFace) -> None:
    mesh = seen(head_points(canonical), (20, 5, 8))
    mirrored = seen(head_points(canonical), (-20, 5, -8))

    yaw, pitch, roll = estimate_pose(mesh, canonical).angles

    assert (-yaw, pitch, -roll) == pytest.approx(estimate_pose(mirrored, canonical).angles, abs=0.01)


Angles = tuple[float, float]
Pose = tuple[float, float, float]


def gaze_of(
    canonical: CanonicalFace,
    pose: Pose = (0, 0, 0),
    gaze: Angles = (0, 0),
    *,
    closed: float = 0.0,
    presence: float = 1.0,
) -> Gaze:
    mesh = seen(head_points(canonical, gaze, closed), pose)
    return estimate_gaze(mesh, estimate_pose(mesh, canonical), presence)


@pytest.mark.parametrize("gaze", [(0, 0), (20, 0), (-20, 0), (0, 15), (0, -15), (15, 10)])
def test_the_gaze_of_a_head_that_faces_the_camera_comes_back(canonical: CanonicalFace, gaze: Angles) -> None:
    found = gaze_of(canonical, gaze=gaze)

    assert gaze == pytest.approx((found.head_yaw, found.head_pitch), abs=2)
    assert (found.yaw, found.pitch) == pytest.approx((found.head_yaw, found.head_pitch), abs=0.1)


def test_eyes_that_look_into_the_camera_from_a_turned_head_have_no_gaze_angle(
    canonical: CanonicalFace,
) -> None:
    found = gaze_of(canonical, pose=(20, 0, 0), gaze=(-20, 0))

    assert pytest.approx((found.yaw, found.pitch), abs=2.5) == (0, 0)
    assert pytest.approx(found.head_yaw, abs=2.5) == -20


def test_eyes_that_look_straight_ahead_follow_the_head(canonical: CanonicalFace) -> None:
    found = gaze_of(canonical, pose=(-15, 10, 0))

    assert pytest.approx((found.yaw, found.pitch), abs=2.5) == (-15, 10)


def test_closed_eyes_have_no_confident_gaze(canonical: CanonicalFace) -> None:
    assert pytest.approx(1) == gaze_of(canonical).confidence
    assert gaze_of(canonical, closed=1.0).confidence == 0


def test_confidence_falls_with_the_heads_turn(canonical: CanonicalFace) -> None:
    confidences = [
        gaze_of(canonical, pose=(yaw, 0, 0), gaze=(-yaw / 2, 0)).confidence for yaw in (20, 40, 50, 61)
    ]

    assert sorted(confidences, reverse=True) == confidences
    assert confidences[-1] == 0


def test_confidence_falls_with_the_presence_of_a_face(canonical: CanonicalFace) -> None:
    assert pytest.approx(0.3) == gaze_of(canonical, presence=0.3).confidence


def test_without_an_iris_in_its_eye_the_gaze_is_the_heads_and_not_trusted(canonical: CanonicalFace) -> None:
    mesh = seen(head_points(canonical), (20, 0, 0))
    mesh[[468, 473], 0] += 90.0

    found = estimate_gaze(mesh, estimate_pose(mesh, canonical), 1.0)

    assert pytest.approx((found.yaw, found.pitch), abs=0.5) == (20, 0)
    assert found.confidence == 0


@pytest.mark.parametrize(("mesh", "rendered"), [(9.8, 10), (19.3, 20), (27.6, 30), (35.0, 40), (41.3, 50)])
def test_the_yaw_is_what_renders_show(mesh: float, rendered: float) -> None:
    """Median yaw of the mesh on renders of faces of HELEN's training part at known angles."""
    assert true_yaw(mesh) == pytest.approx(rendered, abs=0.5)
    assert true_yaw(-mesh) == -true_yaw(mesh)


def test_a_larger_yaw_never_becomes_the_smaller_one_and_comes_back() -> None:
    yaws = [yaw / 2 for yaw in range(-180, 181)]
    corrected = [true_yaw(yaw) for yaw in yaws]

    assert sorted(corrected) == corrected
    assert [mesh_yaw(yaw) for yaw in corrected] == pytest.approx(yaws)
