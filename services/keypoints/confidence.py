"""How far a face's points are to be trusted: a logistic regression on signs that the mesh may lie beside the face.

Each sign is 0 on a good face and grows with doubt. Their weights, from faces with known marks, travel in the model's metadata
(export/keypoints/trust.py fits them, docs/keypoints.md says what they are worth).
"""

from collections.abc import Mapping, Sequence
from math import exp, hypot, log

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.chips import TEMPLATE, align
from contracts.keypoints import FacialPoints
from services.keypoints.canonical import CanonicalFace
from services.keypoints.pose import CAMERA, MIDDLE, HeadPose

LIMIT = 0.08
"""Points fail when their mean error exceeds this share of the distance between the outer eye corners."""

FIVE = ("right_eye_center", "left_eye_center", "nose_tip", "mouth_right_corner", "mouth_left_corner")
"""The named points that stand for the detector's five landmarks, in the order of `TEMPLATE`."""
_SUREST = 1e-6


def signs(
    points: FacialPoints, mesh: NDArray[np.floating], pose: HeadPose, presence: float, face: CanonicalFace
) -> dict[str, float]:
    """The signs by name: points and mesh (478, 3) in chip pixels.

    `absent`: the net's own doubt that there is a face. `turned`: the angle between face and camera. `misfit`: how far the
    mesh's rigid points lie from any head's. `moved`, `scaled`: how the five points that the detector aligned the
    chip by differ from where the mesh has them; `unlike`: what no alignment explains.
    """
    five = [(p.x, p.y) for p in (getattr(points, name) for name in FIVE)]
    back = align(five)
    again = back.apply(five)
    x, y = back.apply([(MIDDLE, MIDDLE)])[0]
    return {
        "absent": -log(max(presence, _SUREST) / max(1 - presence, _SUREST)) - log(_SUREST),
        "turned": float(np.degrees(np.arccos(np.clip(pose.rotation[2, 2], -1, 1)))) / 10,
        "misfit": _misfit(mesh, pose, face),
        "moved": hypot(x - MIDDLE, y - MIDDLE) / 10,
        "scaled": 10 * abs(log(back.scale)),
        "unlike": _root_mean_square(np.subtract(again, TEMPLATE)) / 10,
    }


def confidence(found: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The probability that the points' mean error is below `LIMIT`; `weights` by sign, and the `bias`."""
    doubt = sum(weights[name] * value for name, value in found.items())
    return 1.0 / (1.0 + exp(min(doubt - weights["bias"], 50.0)))


def _misfit(mesh: NDArray[np.floating], pose: HeadPose, face: CanonicalFace) -> float:
    """Root mean square distance of the rigid points to the posed canonical face, chip pixels."""
    turn, _ = cv2.Rodrigues(pose.rotation)
    expected, _ = cv2.projectPoints(face.points[face.rigid], turn, pose.translation, CAMERA, None)
    return _root_mean_square(mesh[face.rigid, :2] - expected.reshape(-1, 2))


def _root_mean_square(offsets: Sequence[Sequence[float]] | NDArray[np.floating]) -> float:
    return float(np.sqrt((np.square(offsets)).sum(axis=-1).mean()))
