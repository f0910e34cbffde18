"""The second look: exact landmarks for faces that look ahead, the detector's own for profiles."""

import numpy as np
import pytest

from contracts.chips import TEMPLATE, align
from services.detector.candidates import Candidates
from services.detector.model import PointsModel
from services.detector.points import CROP_SIZE, refine, to_crop
from serving.alone import alone
from tests.services.detector.test_finding import LANDMARKS

AHEAD = np.array(TEMPLATE)
PROFILE = AHEAD + np.array([[0, 0], [-40, 0], [40, 0], [0, 0], [-30, 0]])


def candidates(landmarks) -> Candidates:
    return Candidates(np.ones(1), np.array([[0.0, 0, 256, 256]]), np.asarray(landmarks, float)[None])


def moved(by: float):
    """A second model that finds every landmark `by` crop pixels to the right of where the detector had it."""

    async def look_again(crops):
        there = (np.array(TEMPLATE) + 0.5) * (CROP_SIZE / 256)
        return [there + np.array([by, 0]) for _ in crops]

    return look_again


async def test_a_face_that_looks_ahead_takes_the_second_look():
    photo = np.zeros((256, 256, 3), np.uint8)
    found = await refine(photo, candidates(AHEAD), moved(3.0))
    np.testing.assert_allclose(found.landmarks[0], AHEAD + np.array([16, 0]), atol=0.01)


async def test_a_profile_keeps_what_the_detector_saw():
    found = await refine(np.zeros((256, 256, 3), np.uint8), candidates(PROFILE), moved(3.0))
    np.testing.assert_allclose(found.landmarks[0], PROFILE, atol=0.01)


async def test_nobody_is_looked_at_twice_where_nobody_is():
    async def never(crops):
        raise AssertionError(f"nothing is to be looked at, not {len(crops)} crops")

    none = Candidates(np.zeros(0), np.zeros((0, 4)), np.zeros((0, 5, 2)))
    assert len(await refine(np.zeros((9, 9, 3), np.uint8), none, never)) == 0


def test_the_crop_is_the_chip_made_smaller():
    x, y = to_crop(align(LANDMARKS)).apply([LANDMARKS[0]])[0]
    chip_x, chip_y = align(LANDMARKS).apply([LANDMARKS[0]])[0]
    scale = CROP_SIZE / 256
    assert (x + 0.5, y + 0.5) == pytest.approx(((chip_x + 0.5) * scale, (chip_y + 0.5) * scale))


@pytest.mark.parametrize("shift", [-0.08, 0.0, 0.08])
@pytest.mark.parametrize("degrees", [-8, 0, 8])
async def test_rough_landmarks_become_the_same_exact_ones(points, decoded, shift, degrees):
    eyes = LANDMARKS[1][0] - LANDMARKS[0][0]
    centre = np.mean(LANDMARKS, axis=0)
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rough = (np.array(LANDMARKS) - centre) @ turn.T + centre + shift * eyes
    found = await refine(decoded("astronaut"), candidates(rough), alone(points.run, PointsModel(points.info)))
    error = np.linalg.norm(found.landmarks[0] - LANDMARKS, axis=1).mean() / eyes
    assert error < 0.07
