"""A photo seen at a fraction of its size: what detection needs, and what its faces' chips need."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.chips import Transform
from services.detector.candidates import Candidates

# Chip pixels per pixel that a chip is cut from: no more, or the chip is coarser than from the whole photo. Up to here the
# embeddings of both are .9994 similar at least (README.md).
_COARSEST = 1.0


@dataclass(frozen=True)
class Scaled:
    """Pixels uint8 (height, width, 3) of a photo at 1/`reduction` of its size; each stands for a square of the photo."""

    pixels: NDArray[np.uint8]
    reduction: int = 1

    def on_photo(self, found: Candidates, width: int, height: int) -> Candidates:
        """Faces found here, in pixels of the photo of this size."""
        if self.reduction == 1:
            return found
        boxes = (found.boxes * self.reduction).clip(0, [width, height, width, height])
        return Candidates(found.scores, boxes, (found.landmarks + 0.5) * self.reduction - 0.5)

    def transform(self, from_photo: Transform) -> Transform:
        """A transform of the photo's pixels as one of the pixels here."""
        a, b, tx, c, d, ty = from_photo
        k, shift = self.reduction, (self.reduction - 1) / 2
        return Transform(a * k, b * k, (a + b) * shift + tx, c * k, d * k, (c + d) * shift + ty)

    def times(self, side: float) -> int:
        """How many times `side` goes into the longer side."""
        return int(max(self.pixels.shape[:2]) // side)

    def reduced_for(self, side: float) -> "Scaled":
        """This, or where it is far larger than `side`, a smaller copy whose longer side is at least that."""
        height, width = self.pixels.shape[:2]
        times = self.times(side)
        if times <= 1:
            return self
        # Whole squares only, so that every pixel stands for a square; what is cut off is less than one.
        whole = self.pixels[: height // times * times, : width // times * times]
        size = (whole.shape[1] // times, whole.shape[0] // times)
        small = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.uint8)
        return Scaled(small, self.reduction * times)


def enough_for(transforms: list[Transform]) -> float:
    """The strongest reduction that still shows every face as its chip needs it."""
    return min((_COARSEST / transform.scale for transform in transforms), default=np.inf)
