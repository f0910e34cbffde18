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

MIDDLE = (CHIP_SIZE - 1) / 2
"""The centre of a chip on either axis, in pixels: where that camera looks."""
CAMERA = np.array([[FOCAL, 0.0, MIDDLE], [0.0, FOCAL, MIDDLE], [0.0, 0.0, 1.0]])
"""The intrinsic matrix of that camera."""

# The network's mesh turns less than the face. These degrees are given back at these yaws of the mesh, in between in
# proportion, and no more beyond: medians of renders of many faces at known yaw (docs/keypoints.md).
_OF_MESH = (0.0, 9.8, 19.3, 27.6, 35.0, 41.3)
_LOST = (0.0, 0.2, 0.7, 2.4, 5.0, 8.7)


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
    model, image = face.points[face.rigid], np.asarray(mesh[face.rigid, :2], np.float64)
    _, turn, shift = cv2.solvePnP(model, image, CAMERA, None, flags=cv2.SOLVEPNP_SQPNP)
    turn, shift = cv2.solvePnPRefineLM(model, image, CAMERA, None, turn, shift)
    rotation, _ = cv2.Rodrigues(turn)
    return HeadPose(np.asarray(rotation, np.float64), np.asarray(shift, np.float64).reshape(3))


def true_yaw(yaw: float) -> float:
    """The face's yaw in degrees for that of the network's mesh."""
    return float(yaw + np.copysign(np.interp(abs(yaw), _OF_MESH, _LOST), yaw))


def mesh_yaw(yaw: float) -> float:
    """The yaw of the network's mesh in degrees, for a face's: the inverse of `true_yaw`."""
    return float(yaw - np.copysign(np.interp(abs(yaw), np.add(_OF_MESH, _LOST), _LOST), yaw))


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
