"""Context crops: a face with its surroundings, which the chip does not show and liveness looks at."""

import asyncio
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.faces import Box
from contracts.liveness import CONTEXT_SCALE, CONTEXT_SIDE, Placement
from serving.pictures.decoding import Decoding
from serving.pictures.photo import REDUCTIONS, Photo


async def cut_contexts(
    decoding: Decoding, photo: Photo, boxes: Sequence[Box]
) -> tuple[bytes, list[Placement]]:
    """The crops of all faces one after the other, and the placement of each; boxes are in the photo's pixels.

    The photo is decoded once more, at the smallest scale that fills the crop of its smallest face. Raises ProblemError.
    """
    smallest = min((min(box.width, box.height) for box in boxes), default=0)
    enough = CONTEXT_SCALE * smallest / CONTEXT_SIDE
    reduction = next(r for r in REDUCTIONS if r <= max(1, enough)) if photo.scalable else 1
    async with decoding.pixels(photo, reduction) as pixels:
        found = await asyncio.to_thread(
            lambda: [cut_context(pixels, _reduced(box, reduction)) for box in boxes]
        )
    return b"".join(crop.tobytes() for crop, _ in found), [placement for _, placement in found]


def _reduced(box: Box, reduction: int) -> Box:
    return Box(**{name: value / reduction for name, value in box.model_dump().items()})


def cut_context(photo: NDArray[np.uint8], box: Box) -> tuple[NDArray[np.uint8], Placement]:
    """The crop uint8 (320, 320, 3) of a photo uint8 (height, width, 3), and where the box is in it.

    The box is scaled about its centre, by less where the picture is too small, and shifted inside; width and height are
    then brought to 320 pixels each.
    """
    height, width = photo.shape[:2]
    scale = min(CONTEXT_SCALE, width / max(box.width, 1), height / max(box.height, 1))
    x0, x1 = _span(box.x, box.width, scale, width)
    y0, y1 = _span(box.y, box.height, scale, height)
    part = photo[y0:y1, x0:x1]
    shrinks = min(x1 - x0, y1 - y0) > CONTEXT_SIDE
    crop = cv2.resize(
        part, (CONTEXT_SIDE, CONTEXT_SIDE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    kx, ky = CONTEXT_SIDE / (x1 - x0), CONTEXT_SIDE / (y1 - y0)
    inside = Box(x=(box.x - x0) * kx, y=(box.y - y0) * ky, width=box.width * kx, height=box.height * ky)
    return np.asarray(crop, np.uint8), Placement(box=inside, stretch=kx / ky)


def _span(start: float, length: float, scale: float, limit: int) -> tuple[int, int]:
    """The scaled interval in whole pixels, shifted into [0, limit]."""
    wanted = min(limit, max(1, round(max(length, 1) * scale)))
    first = round(start + length / 2 - wanted / 2)
    first = min(max(first, 0), limit - wanted)
    return first, first + wanted
