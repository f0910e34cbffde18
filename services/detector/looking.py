"""From a photo to its faces and their chips, with no more pixels decoded than detection and the chips need."""

import asyncio

import numpy as np
from numpy.typing import NDArray

from contracts.chips import Transform, align
from contracts.detection import DetectOptions
from contracts.faces import Box, Landmarks, LocatedFace, Point
from services.detector.candidates import Candidates
from services.detector.chipping import cut_chip
from services.detector.finder import FinderSettings, Look, find_faces, sides_of
from services.detector.points import LookAgain, refine
from services.detector.quality import measure
from services.detector.scaled import Scaled, enough_for
from serving.pictures.decoding import Decoding
from serving.pictures.photo import REDUCTIONS, Photo

# Of the side of detection: a JPEG decoded at less than twice it moves landmarks by pixels of the canvas (README.md).
_MARGIN = 2
Chips = list[NDArray[np.uint8]]


class Looking:
    """Looks at photos with a detector and the model of exact landmarks."""

    def __init__(
        self, decoding: Decoding, find: Look, look_again: LookAgain | None, settings: FinderSettings
    ) -> None:
        """Without `look_again` landmarks stay as the detector gives them."""
        self._decoding = decoding
        self._find = find
        self._look_again = look_again
        self._settings = settings

    async def __call__(self, photo: Photo, options: DetectOptions) -> tuple[list[LocatedFace], Chips]:
        """The faces of a photo in its pixels, best first, and their chips. Raises ProblemError.

        A JPEG is decoded at the scale of detection, and once more only when its faces are too small there for their chips.
        """
        side = _MARGIN * max(sides_of(options, self._settings))
        reduction = photo.reduction_for(side) if photo.scalable else 1
        async with self._decoding.pixels(photo, reduction) as pixels:
            seen = Scaled(pixels, reduction)
            small = await asyncio.to_thread(seen.reduced_for, side) if seen.times(side) > 1 else seen
            found = await self._faces(small, photo, options)
            transforms = [align(landmarks.tolist()) for landmarks in found.landmarks]
            enough = enough_for(transforms)
            if reduction <= max(1, enough):
                return await asyncio.to_thread(_cut, seen, found, transforms)
        reduction = next(r for r in REDUCTIONS if r <= max(1, enough))
        async with self._decoding.pixels(photo, reduction) as pixels:
            return await asyncio.to_thread(_cut, Scaled(pixels, reduction), found, transforms)

    async def _faces(self, small: Scaled, photo: Photo, options: DetectOptions) -> Candidates:
        here = options.model_copy(update={"min_size": options.min_size / small.reduction})
        found = await find_faces(small.pixels, self._find, here, self._settings)
        if self._look_again is not None:
            found = await refine(small.pixels, found, self._look_again)
        return small.on_photo(found, photo.width, photo.height)


def _cut(seen: Scaled, found: Candidates, transforms: list[Transform]) -> tuple[list[LocatedFace], Chips]:
    chips = [cut_chip(seen.pixels, seen.transform(transform)) for transform in transforms]
    return [_face(found, i, transforms[i], chip) for i, chip in enumerate(chips)], chips


def _face(found: Candidates, i: int, transform: Transform, chip: NDArray[np.uint8]) -> LocatedFace:
    box, landmarks = found.boxes[i], found.landmarks[i]
    points = [Point(x=round(float(x), 2), y=round(float(y), 2)) for x, y in landmarks]
    x0, y0, x1, y1 = (round(float(edge), 2) for edge in box)
    return LocatedFace(
        box=Box(x=x0, y=y0, width=round(x1 - x0, 2), height=round(y1 - y0, 2)),
        score=round(min(1.0, float(found.scores[i])), 4),
        # The template's first eye is the left one in the picture: the subject's right.
        landmarks=Landmarks(
            right_eye=points[0],
            left_eye=points[1],
            nose=points[2],
            mouth_right=points[3],
            mouth_left=points[4],
        ),
        quality=measure(box, landmarks, chip),
        transform=(*transform,),
    )
