"""A face with its surroundings -> how much it looks like one before the camera."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.faces import Box
from contracts.liveness import Liveness, Placement
from serving.batching import Item
from serving.session import ModelInfo

NEAR, WIDE, SQUARE = 80, 80, 128
_NEAR_SCALE, _WIDE_SCALE = 2.7, 4.0  # of the box; what MiniFASNetV2 and V1SE were trained on
_SQUARE_SCALE = 1.5  # of the box's longer side; the third network
_SURE = 0.5

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class FaceInContext:
    """A context crop, uint8 (320, 320, 3), and where the face is in it."""

    crop: Picture
    placement: Placement

    @property
    def box(self) -> Box:
        """The face's box in the crop's pixels."""
        return self.placement.box


class LivenessModel:
    """Cuts what each of the graph's networks wants to see out of one crop."""

    def __init__(self, info: ModelInfo) -> None:
        self._wanted = [spec.name for spec in info.inputs] or list(_CUTS)

    def preprocess(self, item: FaceInContext) -> Item:
        """`near` and `wide` uint8 (80, 80, 3), `square` uint8 (128, 128, 3): what the graph has inputs for."""
        return {name: _CUTS[name](item) for name in self._wanted}

    def postprocess(self, outputs: Item) -> Liveness:
        """`real` float () to the answer."""
        score = min(1.0, max(0.0, float(outputs["real"])))
        return Liveness(label="real" if score >= _SURE else "presented", score=round(score, 4))


def scaled_box(item: FaceInContext, scale: float, side: int) -> Picture:
    """The box scaled about its centre, by less where the crop is too small, shifted inside, at side x side."""
    height, width = item.crop.shape[:2]
    box = item.box
    scale = min(scale, width / max(box.width, 1), height / max(box.height, 1))
    x0, x1 = _span(box.x, box.width, scale, width)
    y0, y1 = _span(box.y, box.height, scale, height)
    # Bilinear, as the networks' training crops were made: averaging would hide the patterns that they look for.
    part = item.crop[y0:y1, x0:x1]
    return np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)


def square_around(item: FaceInContext, scale: float, side: int) -> Picture:
    """A square of the photo, `scale` times the box's longer side, mirrored where it leaves the crop, at side x side."""
    box, stretch = item.box, item.placement.stretch
    reach_y = max(box.width / stretch, box.height, 1) * scale / 2
    reach_x = reach_y * stretch
    cx, cy = box.x + box.width / 2, box.y + box.height / 2
    matrix = np.array(
        [
            [2 * reach_x / side, 0, cx - reach_x + reach_x / side - 0.5],
            [0, 2 * reach_y / side, cy - reach_y + reach_y / side - 0.5],
        ]
    )
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    found = cv2.warpAffine(item.crop, matrix, (side, side), flags=flags, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(found, np.uint8)


def _span(start: float, length: float, scale: float, limit: int) -> tuple[int, int]:
    wanted = min(limit, max(1, round(max(length, 1) * scale)))
    first = min(max(round(start + length / 2 - wanted / 2), 0), limit - wanted)
    return first, first + wanted


_CUTS: Mapping[str, Callable[[FaceInContext], Picture]] = MappingProxyType(
    {
        "near": lambda item: scaled_box(item, _NEAR_SCALE, NEAR),
        "wide": lambda item: scaled_box(item, _WIDE_SCALE, WIDE),
        "square": lambda item: square_around(item, _SQUARE_SCALE, SQUARE),
    }
)
