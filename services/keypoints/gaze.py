"""Gaze from the irises: where they sit against the eye corners, given the head's pose.

An eye is a ball whose centre of rotation lies behind the middle of its corners; the iris' centre lies `IRIS_RADIUS` in
front of it, along the gaze. Both eyes together give one direction.
"""

import numpy as np
from numpy.typing import NDArray

from contracts.keypoints import Gaze, angles
from services.keypoints.frontal import EYE_CORNERS, IRISES, SIDES, Side, eye_aperture
from services.keypoints.pose import FOCAL, HeadPose

IRIS_RADIUS = 1.04
"""From the eye's centre of rotation to the plane of the pupil, cm: 1.35 cm to the cornea (Fry & Hill, Am. J. Optometry 39,
1962) less 0.31 cm of anterior chamber."""

# From the middle of the eye corners to the centre of rotation, in the head's frame, cm: outwards, down, backwards. The depth
# follows from the mesh, whose irises lie 0.29 cm before the corners; outwards and down are means over the 869 portraits of
# HELEN's training part, taken to look into the camera on average.
_OUTWARDS, _DOWN, _BACKWARDS = 0.10, -0.13, 0.75

_LARGEST = 0.9  # sine of 64 degrees: no eye turns further, an iris beyond it was not found
_CLOSED, _OPEN = 0.08, 0.18  # eye aperture
_TURNED, _FRONTAL = np.cos(np.radians(60)), np.cos(np.radians(30))


def estimate_gaze(mesh: NDArray[np.floating], pose: HeadPose, presence: float) -> Gaze:
    """The gaze of a mesh (478, 3) in chip pixels, in the chip's camera frame and in the head's.

    The confidence is `presence` times three ramps from 0 to 1: eyes open (aperture 0.08 to 0.18), head turned away
    from the camera by 60 to 30 degrees, and one half per iris that lies where an eye can turn. Without any the gaze is the
    head's own direction.
    """
    offsets = [eye_direction(mesh, pose, side) for side in SIDES]
    found = [offset for offset in offsets if np.linalg.norm(offset) < _LARGEST]
    facing = -pose.rotation[:, 2]
    x, y = np.mean(found, axis=0) if found else facing[:2]
    camera = np.array([x, y, -np.sqrt(max(0.0, 1.0 - x * x - y * y))])
    yaw, pitch = angles(*camera)
    head_yaw, head_pitch = angles(*(pose.rotation.T @ camera))
    aperture = float(np.mean([eye_aperture(mesh, side) for side in SIDES]))
    confidence = presence * _ramp(aperture, _CLOSED, _OPEN) * _ramp(-facing[2], _TURNED, _FRONTAL)
    return Gaze(
        yaw=yaw,
        pitch=pitch,
        head_yaw=head_yaw,
        head_pitch=head_pitch,
        confidence=confidence * len(found) / len(SIDES),
    )


def eye_direction(mesh: NDArray[np.floating], pose: HeadPose, side: Side) -> NDArray[np.float64]:
    """The x and y of one eye's gaze, a unit vector in the camera frame: `mesh` (478, 3) in chip pixels -> (2,)."""
    middle = mesh[list(EYE_CORNERS[side]), :2].mean(axis=0)
    iris = (mesh[IRISES[side], :2] - middle) * (pose.translation[2] / FOCAL)
    outwards = _OUTWARDS if side == "Left" else -_OUTWARDS
    centre = pose.rotation @ (outwards, _DOWN, _BACKWARDS)
    return np.asarray((iris - centre[:2]) / IRIS_RADIUS, np.float64)


def _ramp(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))
