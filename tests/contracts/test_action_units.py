"""Presence, sides and the resting face."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.action_units import PRESENT, ActionUnit, action_unit, learn_neutral, relative_to

unit_interval = st.floats(0, 1)


def test_an_action_unit_on_one_side_is_present() -> None:
    unit = action_unit(0.7, 0.1)

    assert ActionUnit(intensity=0.7, present=True, left=0.7, right=0.1) == unit


@pytest.mark.parametrize(("intensity", "present"), [(PRESENT - 1e-9, False), (PRESENT, True)])
def test_presence_starts_at_the_threshold(intensity: float, present: bool) -> None:
    assert present == action_unit(intensity).present


def test_a_resting_face_taken_from_itself_shows_nothing() -> None:
    resting = {"AU4": action_unit(0.6, 0.5), "AU25": action_unit(0.4)}

    assert {"AU4": action_unit(0, 0), "AU25": action_unit(0)} == relative_to(resting, resting)


def test_a_resting_frown_no_longer_counts_but_a_deeper_one_does() -> None:
    neutral = {"AU4": action_unit(0.5, 0.5)}

    assert not relative_to(neutral, {"AU4": action_unit(0.55, 0.5)})["AU4"].present
    assert relative_to(neutral, {"AU4": action_unit(0.9, 0.5)})["AU4"].left == pytest.approx(0.8)


def test_what_the_resting_face_does_not_name_is_left_alone() -> None:
    face = {"AU12": action_unit(0.5, 0.5)}

    assert face == relative_to({}, face)


def test_one_odd_picture_does_not_move_the_resting_face() -> None:
    pictures = [{"AU12": action_unit(side, side)} for side in (0.1, 0.12, 0.95)]

    assert {"AU12": action_unit(0.12, 0.12)} == learn_neutral(pictures)


def test_a_resting_face_needs_a_picture() -> None:
    with pytest.raises(ValueError, match="at least one picture"):
        learn_neutral([])


@given(unit_interval, unit_interval, unit_interval, unit_interval)
def test_intensities_stay_on_their_scale_and_the_strongest_stays_the_strongest(
    rest_left: float, rest_right: float, left: float, right: float
) -> None:
    neutral = {"AU1": action_unit(rest_left, rest_right)}

    beyond = relative_to(neutral, {"AU1": action_unit(left, right)})["AU1"]

    assert 0 <= beyond.intensity <= 1
    assert relative_to(neutral, {"AU1": action_unit(1, 1)})["AU1"].intensity in (0.0, 1.0)
