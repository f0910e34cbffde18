"""Candidates are cleaned of what overlaps, and of what is not asked for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.detector.candidates import Candidates, overlap_of_own, overlaps, read, suppress


def candidates(boxes, scores=None):
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    scores = np.linspace(0.9, 0.5, len(boxes)) if scores is None else np.asarray(scores)
    return Candidates(scores, boxes, np.zeros((len(boxes), 5, 2)))


def test_of_two_boxes_on_one_face_the_better_stays():
    kept = suppress(candidates([[0, 0, 10, 10], [1, 1, 11, 11], [30, 0, 40, 10]]), 0.3)
    assert kept.boxes.tolist() == [[0, 0, 10, 10], [30, 0, 40, 10]]


def test_nothing_at_all_stays_nothing():
    assert len(suppress(candidates([]), 0.3)) == 0


def test_half_shifted_squares_overlap_by_a_third():
    first, second = np.array([0.0, 0, 10, 10]), np.array([[5.0, 0, 15, 10]])
    assert overlaps(first, second).tolist() == pytest.approx([1 / 3])
    assert overlap_of_own(first, second).tolist() == pytest.approx([1 / 2])


BOX = st.tuples(*[st.floats(0, 100)] * 2, *[st.floats(1, 50)] * 2).map(
    lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]]
)


@settings(deadline=None)  # a loaded machine is no failure
@given(st.lists(BOX, min_size=1, max_size=20))
def test_what_stays_does_not_overlap_and_what_went_did(boxes):
    before = candidates(boxes)
    kept = suppress(before, 0.3)
    for i in range(1, len(kept)):
        assert overlaps(kept.boxes[i], kept.boxes[:i]).max() <= 0.3
    for box in before.boxes:
        assert overlaps(box, kept.boxes).max() > 0.3 or (kept.boxes == box).all(1).any()


def test_candidates_below_the_asked_score_are_left_out():
    outputs = {
        "scores": np.array([0.9, 0.5, 0.3, 0.0], np.float32),
        "boxes": np.zeros((4, 4), np.float32),
        "landmarks": np.zeros((4, 5, 2), np.float32),
    }
    found = read(outputs)
    assert [len(found.at_least(score)) for score in (0.4, 0.95, 0.0)] == [2, 0, 3]
