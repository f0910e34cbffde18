"""Head pose and gaze as lines in a picture, by the conventions of contracts/keypoints.py (weak perspective)."""

from math import cos, radians, sin

from contracts.keypoints import Gaze, Pose, direction

Vector2 = tuple[float, float]


def head_axes(pose: Pose) -> tuple[Vector2, Vector2, Vector2]:
    """Where the head's unit vectors point in the picture: to the subject's left, up, and out of the face."""
    rotation = _rotation(pose)
    left, down, back = (tuple(row[i] for row in rotation[:2]) for i in range(3))
    return (left[0], left[1]), (-down[0], -down[1]), (-back[0], -back[1])


def gaze_ray(gaze: Gaze) -> Vector2:
    """Where the gaze's unit vector points in the picture: nearly nothing when it looks into the camera."""
    x, y, _ = direction(gaze.yaw, gaze.pitch)
    return x, y


def _rotation(pose: Pose) -> list[list[float]]:
    """Rz(roll) Ry(-yaw) Rx(-pitch)."""
    y, p, r = radians(-pose.yaw), radians(-pose.pitch), radians(pose.roll)
    cy, sy, cp, sp, cr, sr = cos(y), sin(y), cos(p), sin(p), cos(r), sin(r)
    return [
        [cr * cy, cr * sy * sp - sr * cp, cr * sy * cp + sr * sp],
        [sr * cy, sr * sy * sp + cr * cp, sr * sy * cp - cr * sp],
        [-sy, cy * sp, cy * cp],
    ]
