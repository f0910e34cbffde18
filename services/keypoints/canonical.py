"""The canonical face that a mesh is compared with, in the head's own frame."""

import json
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CanonicalFace:
    """A face at rest, in centimetres: x to the subject's left, y down, z backwards into the head.

    With this frame a head that looks straight into the camera has no rotation (contracts/keypoints.py).
    """

    points: NDArray[np.float64]
    """(468, 3); the mesh's first 468 points, in its order."""
    rigid: NDArray[np.int64]
    """Indices of the points that expressions move least."""

    @classmethod
    def from_metadata(cls, text: str) -> Self:
        """Read `hexaface.canonical_face`: JSON with `points` (y up, z out of the face: MediaPipe's) and `rigid`."""
        stored = json.loads(text)
        points = np.array(stored["points"], np.float64) * (1.0, -1.0, -1.0)
        return cls(points, np.array(stored["rigid"], np.int64))
