"""The mesh taken out of its pose, in centimetres, and the distances on it that action units are read from.

Up, here, is positive; heights are above the middle of the four eye corners. All points are symmetric pairs, so a
mirrored face gives the same numbers with its sides swapped.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from services.keypoints.pose import FOCAL, HeadPose

Side = Literal["Left", "Right"]
"""The subject's own side, spelled as in the names of blendshapes."""

SIDES: tuple[Side, Side] = ("Left", "Right")
Mesh = NDArray[np.float64]

EYE_CORNERS: Mapping[Side, tuple[int, int]] = MappingProxyType({"Left": (263, 362), "Right": (33, 133)})
"""Outer and inner corner."""
LIDS: Mapping[Side, tuple[int, int]] = MappingProxyType({"Left": (386, 374), "Right": (159, 145)})
"""The middle of the upper and of the lower lid."""
IRISES: Mapping[Side, int] = MappingProxyType({"Left": 473, "Right": 468})
_MOUTH_CORNERS, _INNER_LIPS, _OUTER_LIPS = (61, 291), (13, 14), (0, 17)
_CORNERS = [*EYE_CORNERS["Left"], *EYE_CORNERS["Right"]]


def frontalise(mesh: NDArray[np.floating], pose: HeadPose) -> Mesh:
    """A mesh (478, 3) in chip pixels -> (478, 3) in centimetres, as if the head looked straight into the camera.

    The origin is the middle of the eye corners; x to the subject's left, y down, z backwards. The mesh's own depth is
    used, on the scale of its x.
    """
    centred = np.asarray(mesh, np.float64) - mesh[_CORNERS].mean(axis=0)
    turned: Mesh = centred @ pose.rotation * (pose.translation[2] / FOCAL)
    return turned


def _height(left: tuple[int, ...], right: tuple[int, ...]) -> Callable[[Mesh, Side], float]:
    points = {"Left": list(left), "Right": list(right)}
    return lambda mesh, side: -float(mesh[points[side], 1].mean())


def eye_aperture(mesh: NDArray[np.floating], side: Side) -> float:
    """The gap between the lids over the eye's width: about 0.3 open, under 0.1 closed."""
    return _distance(mesh, LIDS[side]) / max(_distance(mesh, EYE_CORNERS[side]), 1e-6)


def _distance(mesh: NDArray[np.floating], pair: tuple[int, int]) -> float:
    return float(np.linalg.norm(mesh[pair[0], :2] - mesh[pair[1], :2]))


def _lip_thickness(mesh: Mesh, _: Side) -> float:
    upper, lower = zip(_OUTER_LIPS, _INNER_LIPS, strict=True)
    return _distance(mesh, upper) + _distance(mesh, lower)


def _mouth_aspect(mesh: Mesh, _: Side) -> float:
    return _distance(mesh, _INNER_LIPS) / max(_distance(mesh, _MOUTH_CORNERS), 1e-6)


MEASURES: Mapping[str, Callable[[Mesh, Side], float]] = MappingProxyType(
    {
        "inner brow height": _height((336, 285), (107, 55)),
        "outer brow height": _height((300, 293), (70, 63)),
        "cheek height": _height((346, 347, 280), (117, 118, 50)),
        "nose wing height": _height((358,), (129,)),
        "eye aperture": eye_aperture,
        "lip gap": lambda mesh, _: _distance(mesh, _INNER_LIPS),
        "lip thickness": _lip_thickness,
        "mouth aspect": _mouth_aspect,
    }
)
"""Heights and lengths in centimetres, ratios without a unit, of a frontalised mesh (478, 3), by side."""
