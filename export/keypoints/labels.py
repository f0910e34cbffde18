"""The names and index tables of Google's blendshape net, and the mesh's mirror image."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# fmt: off
BLENDSHAPES: Final = (
    "_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft",
    "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight",
    "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight",
    "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose", "mouthDimpleLeft", "mouthDimpleRight",
    "mouthFrownLeft", "mouthFrownRight", "mouthFunnel", "mouthLeft", "mouthLowerDownLeft",
    "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker", "mouthRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft",
    "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "noseSneerLeft", "noseSneerRight",
)
# fmt: on
"""The 52 outputs, by their ARKit names, in MediaPipe's order (face_blendshapes_graph.cc)."""

# fmt: off
BLENDSHAPE_INPUTS: Final = (
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67,
    70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148,
    149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185,
    191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295,
    296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362,
    365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386, 387, 388, 389, 390, 397, 398, 400,
    402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473, 474, 475, 476, 477,
)
# fmt: on
"""The 146 mesh points that the blendshape net reads (kLandmarksSubsetIdxs in face_blendshapes_graph.cc)."""

_IRISES = (473, 476, 475, 474, 477, 468, 471, 470, 469, 472)  # what 468 to 477 become in a mirror


def mirror_permutation(canonical: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each of the 478 mesh points the one that stands in its place in a mirrored picture.

    `canonical` is (468, 3), symmetric about x = 0; the ten iris points follow by their order (centre, then a turn).
    """
    distances = np.linalg.norm(canonical[:, None] * (-1, 1, 1) - canonical[None], axis=2)
    return np.concatenate([distances.argmin(axis=1), np.array(_IRISES)])
