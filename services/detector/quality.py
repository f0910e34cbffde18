"""How fit a face is for recognition: size, sharpness, and a rough pose from the five landmarks."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.chips import TEMPLATE
from contracts.faces import Quality

# The inner face of a chip: brows to chin, without hair and background.
_INNER = slice(64, 208)

# Depth of the landmarks in units of the distance between the pupils (63 mm on average): the nose tip lies about 39 mm,
# the mouth corners about 10 mm in front of the pupils' plane: the depths at which yaw and pitch agree best with the
# mesh's on LFW, FairFace and HELEN (anthropometry, Farkas 1994, gives 30 mm for the nose from the eyes' corners).
_DEPTHS = (0.0, 0.0, 0.62, 0.16, 0.16)


def measure(box: NDArray[np.float64], landmarks: NDArray[np.float64], chip: NDArray[np.uint8]) -> Quality:
    """The quality of a face: `box` (4,) x0, y0, x1, y1 and `landmarks` (5, 2) in the photo, chip uint8 (256, 256, 3)."""
    grey = cv2.cvtColor(chip[_INNER, _INNER], cv2.COLOR_RGB2GRAY)
    yaw, pitch, roll = rough_pose(landmarks)
    return Quality(
        face_size=round(float(min(box[2] - box[0], box[3] - box[1])), 1),
        sharpness=round(float(cv2.Laplacian(grey, cv2.CV_64F).var()), 1),
        yaw=round(yaw, 1),
        pitch=round(pitch, 1),
        roll=round(roll, 1),
    )


def rough_pose(landmarks: NDArray[np.float64]) -> tuple[float, float, float]:
    """Yaw, pitch, roll in degrees from five landmarks (5, 2), by a scaled orthographic camera.

    Least squares for the two rows of the projection (the linear step of DeMenthon & Davis, IJCV 15, 1995) on a model
    whose frontal view is the chip's template. Yaw is positive when the subject turns to the own left, pitch upwards,
    roll clockwise in the picture. Good to about ten degrees: enough for a quality gate.
    """
    model = _model()
    rows, *_ = np.linalg.lstsq(model, landmarks - landmarks.mean(axis=0), rcond=None)
    first, second = rows[:, 0], rows[:, 1]
    norms = float(np.linalg.norm(first)), float(np.linalg.norm(second))
    if min(norms) < 1e-9:  # noqa: PLR2004  # the landmarks coincide
        return 0.0, 0.0, 0.0
    first, second = first / norms[0], second / norms[1]
    third = np.cross(first, second)
    # Rotation = Rz(roll) Ry(yaw) Rx(pitch), image axes x right, y down, z into the picture.
    yaw = math.degrees(math.asin(float(np.clip(first[2], -1, 1))))
    pitch = math.degrees(math.atan2(float(second[2]), float(third[2])))
    roll = math.degrees(math.atan2(float(second[0]), float(first[0])))
    return -yaw, pitch, roll


def _model() -> NDArray[np.float64]:
    """The landmarks in space, (5, 3), centred, in pupil distances; z into the picture."""
    flat = np.array(TEMPLATE)
    flat /= np.linalg.norm(flat[1] - flat[0])
    points = np.column_stack([flat, -np.array(_DEPTHS)])
    return np.asarray(points - points.mean(axis=0))
