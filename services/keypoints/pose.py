"""Head pose from the mesh: perspective-n-point against the canonical face."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.chips import CHIP_SIZE
from services.keypoints.canonical import CanonicalFace

FOCAL = 1100.0
"""Assumed focal length of a chip, chip pixels.

A chip shows about 11 pixels per centimetre of a face, so this is a camera 1 m away, the middle of what photos
of people have (0.4 m for a selfie, 3 m for a portrait lens). A chip does not tell its focal length; what a wrong one
costs is measured in docs/keypoints.md.
"""


# The network's mesh turns less than the face: yaw is underestimated by a fifth at 30 degrees. From 12 degrees on this share
# is given back, at most so many degrees: what renders of known yaw and FSA-Net's two networks on photos ask for
# (docs/keypoints.md).
_FAITHFUL, _LOST, _MOST = 12.0, 0.45, 7.0


@dataclass(frozen=True)
class HeadPose:
    """Where the head is: x_camera = rotation @ x_head + translation, centimetres."""

    rotation: NDArray[np.float64]
    translation: NDArray[np.float64]

    @property
    def angles(self) -> tuple[float, float, float]:
        """Yaw, pitch, roll in degrees, with contracts/keypoints.py's signs."""
        return to_angles(self.rotation)


def estimate_pose(mesh: NDArray[np.floating], face: CanonicalFace) -> HeadPose:
    """The pose of a mesh (478, 3) in chip pixels; only x and y of its rigid points are used.

    SQPnP (Terzakis & Lourakis, ECCV 2020) finds the global minimum, Levenberg-Marquardt polishes the reprojection error.
    """
    centre = (CHIP_SIZE - 1) / 2
    camera = np.array([[FOCAL, 0.0, centre], [0.0, FOCAL, centre], [0.0, 0.0, 1.0]])
    model, image = face.points[face.rigid], np.asarray(mesh[face.rigid, :2], np.float64)
    _, turn, shift = cv2.solvePnP(model, image, camera, None, flags=cv2.SOLVEPNP_SQPNP)
    turn, shift = cv2.solvePnPRefineLM(model, image, camera, None, turn, shift)
    rotation, _ = cv2.Rodrigues(turn)
    return HeadPose(np.asarray(rotation, np.float64), np.asarray(shift, np.float64).reshape(3))


def true_yaw(yaw: float) -> float:
    """The face's yaw in degrees for that of the network's mesh."""
    return float(yaw + np.copysign(np.clip(_LOST * (abs(yaw) - _FAITHFUL), 0.0, _MOST), yaw))


def from_angles(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """The head's rotation (3, 3) for angles in degrees: Rz(roll) Ry(-yaw) Rx(-pitch)."""
    y, p, r = np.radians([-yaw, -pitch, roll])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x, np.float64)


def to_angles(rotation: NDArray[np.float64]) -> tuple[float, float, float]:
    """Yaw, pitch, roll in degrees of a head's rotation; the inverse of `from_angles` for |yaw| < 90."""
    yaw = np.arcsin(np.clip(rotation[2, 0], -1.0, 1.0))
    pitch = -np.arctan2(rotation[2, 1], rotation[2, 2])
    roll = np.arctan2(rotation[1, 0], rotation[0, 0])
    return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))
