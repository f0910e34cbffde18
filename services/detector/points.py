"""Exact landmarks: a second look at each face found, aligned by what the detector made of it."""

from collections.abc import Awaitable, Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from contracts.chips import CHIP_SIZE, Transform, align
from services.detector.candidates import Candidates
from services.detector.chipping import cut_chip
from services.detector.quality import rough_pose
from serving import beside

Photo = NDArray[np.uint8]
LookAgain = Callable[[Sequence[Photo]], Awaitable[list[NDArray[np.float64]]]]
"""The second model: crops uint8 (48, 48, 3) in, five landmarks (5, 2) of each out, in crop pixels, 0 at the edge."""

CROP_SIZE = 48
"""Side of a crop: the whole chip at three sixteenths of its size."""
_SHRINK = CROP_SIZE / CHIP_SIZE
# Degrees of yaw: the second look learnt from HELEN, which has few faces turned further, and makes profiles look ahead.
_AHEAD, _PROFILE = 35.0, 50.0
# Of a pixel: as landmarks are reported, and coarse enough that the order of a sum (other batches, other threads) moves no
# pixel of a chip.
_DECIMALS = 2


async def refine(photo: Photo, found: Candidates, look_again: LookAgain) -> Candidates:
    """The same faces with exact landmarks, whichever detector found them; `photo` is uint8 (height, width, 3) RGB."""
    if not len(found):
        return found
    to_crops = [to_crop(align(landmarks.tolist())) for landmarks in found.landmarks.round(_DECIMALS)]
    crops = await beside.each(lambda one: cut_chip(photo, one, CROP_SIZE), to_crops)
    points = await look_again(crops)
    # The crop's 0 is the edge of its first pixel, a transform's the centre.
    exact = [one.inverse().apply((p - 0.5).tolist()) for one, p in zip(to_crops, points, strict=True)]
    trust = np.array([_trust(landmarks) for landmarks in found.landmarks])[:, None, None]
    mixed = trust * np.array(exact) + (1 - trust) * found.landmarks
    return Candidates(found.scores, found.boxes, mixed.round(_DECIMALS))


def _trust(landmarks: NDArray[np.float64]) -> float:
    """How much of the second look to take: all of a face that looks ahead, nothing of one that the detector sees turned."""
    yaw, _, _ = rough_pose(landmarks)
    return float(np.clip((_PROFILE - abs(yaw)) / (_PROFILE - _AHEAD), 0, 1))


def to_crop(to_chip: Transform) -> Transform:
    """The transform to the crop instead of the chip."""
    a, b, tx, c, d, ty = to_chip
    return Transform(a * _SHRINK, b * _SHRINK, _shrunk(tx), c * _SHRINK, d * _SHRINK, _shrunk(ty))


def _shrunk(shift: float) -> float:
    """Transforms count pixels from the first one's centre, sizes from its edge."""
    return (shift + 0.5) * _SHRINK - 0.5
