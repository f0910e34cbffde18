"""Quality falls with blur and follows the head's turn."""

import cv2
import numpy as np
import pytest

from contracts.chips import TEMPLATE, align
from services.detector.chipping import cut_chip
from services.detector.quality import measure, rough_pose

HEAD = np.array([[-0.5, 0, 0], [0.5, 0, 0], [0, 0.57, -0.48], [-0.41, 1.15, -0.16], [0.41, 1.15, -0.16]])


def turned(yaw=0.0, pitch=0.0, roll=0.0):
    """Landmarks of a head turned by degrees as the message defines them, seen from far away."""
    y, p, r = np.radians([-yaw, -pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return (HEAD @ (about_z @ about_y @ about_x).T)[:, :2] * 60 + 200


def test_the_template_looks_straight_ahead():
    assert rough_pose(np.array(TEMPLATE)) == pytest.approx((0, 0, 0), abs=1)


@pytest.mark.parametrize("degrees", [-40, -20, 20, 40])
def test_the_pose_follows_the_head(degrees):
    for axis, name in enumerate(("yaw", "pitch", "roll")):
        pose = rough_pose(turned(**{name: degrees}))
        assert pose[axis] == pytest.approx(degrees, abs=10)


def test_a_nose_to_the_right_of_the_picture_is_a_turn_to_the_subjects_left():
    points = np.array(TEMPLATE)
    points[2, 0] += 20
    assert rough_pose(points)[0] > 5


async def test_a_blurred_photo_is_less_sharp(find, decoded):
    photo = decoded("grace_hopper")
    found = await find(photo)
    transform = align(found.landmarks[0].tolist())
    sharpness = []
    for sigma in (0, 2, 5):
        picture = cv2.GaussianBlur(photo, (0, 0), sigma) if sigma else photo
        chip = cut_chip(np.asarray(picture, np.uint8), transform)
        sharpness.append(measure(found.boxes[0], found.landmarks[0], chip).sharpness)
    assert sharpness[0] > 3 * sharpness[1] > 9 * sharpness[2]
