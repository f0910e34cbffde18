"""Where a face will be: a Kalman filter with constant velocity for each side of its box, whatever time goes by."""

import numpy as np
from numpy.typing import NDArray

Box = NDArray[np.float64]
"""x, y, width, height, in pixels."""

# In sizes of the face: how exactly a detector places a box (as in DeepSORT, Wojke et al., ICIP 2017: 1/20), how fast an
# unknown face may be, and how much a head changes its speed in a second.
_EXACT, _SPEED, _ACCELERATION = 0.05, 1.0, 2.0


class Motion:
    """One face's motion; boxes of the past and the future by their seconds."""

    def __init__(self, box: Box, seconds: float) -> None:
        self._seconds = seconds
        self._state = np.stack([_centred(box), np.zeros(4)])  # position and velocity of centre and size
        size = float(np.sqrt(box[2] * box[3]))
        self._covariance = np.diag([(_EXACT * size) ** 2, (_SPEED * size) ** 2])

    def expected(self, seconds: float) -> Box:
        """Where it is supposed to be."""
        state = _transition(seconds - self._seconds) @ self._state
        x, y, width, height = state[0]
        width, height = max(width, 1.0), max(height, 1.0)
        return np.array([x - width / 2, y - height / 2, width, height])

    def saw(self, box: Box, seconds: float) -> None:
        """It was seen again."""
        elapsed = seconds - self._seconds
        size = float(np.sqrt(box[2] * box[3]))
        step = _transition(elapsed)
        effect = np.array([elapsed**2 / 2, elapsed]) * _ACCELERATION * size
        covariance = step @ self._covariance @ step.T + np.outer(effect, effect)
        state = step @ self._state
        gain = covariance[:, 0] / (covariance[0, 0] + (_EXACT * size) ** 2)
        self._state = state + np.outer(gain, _centred(box) - state[0])
        self._covariance = covariance - np.outer(gain, covariance[0])
        self._seconds = seconds


def overlaps(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of each of ours (n, 4) with each of theirs (m, 4): (n, m)."""
    a, b = ours[:, None], theirs[None]
    sides = np.minimum(a[..., :2] + a[..., 2:], b[..., :2] + b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.clip(sides, 0, None).prod(-1)
    both = a[..., 2:].prod(-1) + b[..., 2:].prod(-1) - shared
    return np.asarray(shared / np.maximum(both, 1e-9))


def _transition(elapsed: float) -> NDArray[np.float64]:
    return np.array([[1.0, elapsed], [0.0, 1.0]])


def _centred(box: Box) -> Box:
    return np.array([box[0] + box[2] / 2, box[1] + box[3] / 2, box[2], box[3]])
