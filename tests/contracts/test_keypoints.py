"""The way of a keypoints answer from the chip's frame to the photo's."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.action_units import action_unit
from contracts.chips import Transform
from contracts.faces import Point
from contracts.keypoints import FacialPoints, Gaze, Keypoints, Pose, angles, direction, to_photo

small = st.floats(-60, 60)
turns = st.floats(-179, 179)


def keypoints(
    yaw: float = 10, pitch: float = 5, roll: float = 3, gaze: tuple[float, float] = (0, 0)
) -> Keypoints:
    points = {name: Point(x=100 + i, y=50 + 2 * i) for i, name in enumerate(FacialPoints.model_fields)}
    return Keypoints(
        points=FacialPoints(**points),
        action_units={"AU12": action_unit(0.5, 0.4)},
        pose=Pose(yaw=yaw, pitch=pitch, roll=roll),
        gaze=Gaze(yaw=gaze[0], pitch=gaze[1], head_yaw=1, head_pitch=2, confidence=0.9),
        presence=1,
        mesh=[(10, 20, 30), (1, 2, -4)],
    )


def similarity(turn: float, scale: float) -> Transform:
    """Photo -> chip: a clockwise turn of the picture by `turn` degrees."""
    c, s = scale * math.cos(math.radians(turn)), scale * math.sin(math.radians(turn))
    return Transform(c, -s, 7, s, c, -9)


def test_a_chip_that_is_the_photo_changes_nothing() -> None:
    answer = keypoints(gaze=(20, -10))

    moved = to_photo(answer, Transform(1, 0, 0, 0, 1, 0))

    assert answer.points == moved.points
    assert answer.pose == moved.pose
    assert pytest.approx((moved.gaze.yaw, moved.gaze.pitch)) == (20.0, -10.0)


def test_a_face_that_the_chip_turned_upright_has_its_roll_again_in_the_photo() -> None:
    # the face is rolled 25 degrees clockwise in the photo: the chip turns it 25 degrees back
    moved = to_photo(keypoints(roll=0), similarity(-25, 0.5))

    assert pytest.approx(25.0) == moved.pose.roll


def test_yaw_pitch_and_the_gaze_against_the_head_do_not_depend_on_the_frame() -> None:
    moved = to_photo(keypoints(yaw=30, pitch=-12), similarity(40, 2))

    assert (moved.pose.yaw, moved.pose.pitch) == (30, -12)
    assert (moved.gaze.head_yaw, moved.gaze.head_pitch) == (1, 2)


def test_a_gaze_up_in_a_chip_turned_a_quarter_counter_clockwise_is_a_gaze_to_the_subjects_left() -> None:
    # the photo shows the face lying clockwise: its up is the picture's right, the subject's left of an upright face
    moved = to_photo(keypoints(gaze=(0, 30)), similarity(-90, 1))

    assert pytest.approx((moved.gaze.yaw, moved.gaze.pitch), abs=1e-9) == (30.0, 0.0)


def test_depth_is_scaled_back_like_x() -> None:
    moved = to_photo(keypoints(), similarity(0, 0.5))

    assert moved.mesh is not None
    assert pytest.approx([z for _, _, z in moved.mesh]) == [60.0, -8.0]


@given(small, small)
def test_angles_undo_direction(yaw: float, pitch: float) -> None:
    assert (yaw, pitch) == pytest.approx(angles(*direction(yaw, pitch)), abs=1e-6)


@given(turns, st.floats(0.1, 10), small, small)
def test_there_and_back_gives_the_same_answer(turn: float, scale: float, yaw: float, pitch: float) -> None:
    answer, transform = keypoints(roll=0, gaze=(yaw, pitch)), similarity(turn, scale)

    back = to_photo(to_photo(answer, transform), transform.inverse())

    assert pytest.approx(back.pose.roll, abs=1e-6) == 0
    assert (yaw, pitch) == pytest.approx((back.gaze.yaw, back.gaze.pitch), abs=1e-5)
    for name in FacialPoints.model_fields:
        before, after = getattr(answer.points, name), getattr(back.points, name)
        # Answers are rounded to a thousandth of a pixel; a face ten times smaller makes that a hundredth.
        assert (before.x, before.y) == pytest.approx((after.x, after.y), abs=0.01)


@given(st.floats(-180, 180), turns)
def test_roll_stays_within_half_a_turn(roll: float, turn: float) -> None:
    moved = to_photo(keypoints(roll=roll), similarity(turn, 1))

    assert -180 < moved.pose.roll <= 180


def test_an_answer_survives_the_wire_in_both_formats() -> None:
    answer = keypoints()

    assert answer == Keypoints.from_json(answer.to_json())
    assert answer == Keypoints.from_msgpack(answer.to_msgpack())
