"""Finding faces: one pass over the whole photo, and close-up passes for faces that fill the picture."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.detection import DetectOptions, Mode
from services.detector.canvas import Canvas, draw
from services.detector.centerface import Candidates, overlap_of_own, read, suppress
from serving.batching import Item

Forward = Callable[[list[Item]], Awaitable[list[Item]]]
"""The graph: one canvas or several in, the candidates of each out."""

# Recall against time on WIDER FACE dev pictures: the table is in README.md.
SIDES: dict[Mode, int] = {"fast": 320, "balanced": 640, "thorough": 1280}

# A face that fills the picture is missed at high resolution: of FER-2013's 48-pixel crops CenterFace finds 53 % on a
# 640-pixel canvas, 97 % on a 128-pixel one. The second close-up puts the picture in a border, for cut-off foreheads;
# both together find 98.3 %, at a tenth of the first pass's time (README.md).
_CLOSE_UPS = ((128, 0.0), (160, 0.25))

# Faces longer than this on the canvas, in pixels, are beyond the network's view: it finds their halves.
_LARGEST = 320
# Of a box: the share within a close-up's face that makes it a part of it.
_PART = 0.6

# The smallest canvas worth a first pass; smaller photos are enlarged to it.
_SMALLEST_SIDE = 128


@dataclass(frozen=True)
class FinderSettings:
    """How to look, where a request does not say."""

    mode: Mode = "balanced"
    max_side: int | None = None
    min_score: float = 0.4  # the best F1 on WIDER FACE: README.md
    max_overlap: float = 0.3
    sure: float = 0.7
    """A first pass whose best face scores less is followed by the close-ups."""


async def find_faces(
    photo: NDArray[np.uint8], forward: Forward, options: DetectOptions, settings: FinderSettings
) -> Candidates:
    """The faces of a photo, uint8 (height, width, 3) RGB, in its pixels, best score first."""
    min_score = settings.min_score if options.min_score is None else options.min_score
    first = await asyncio.to_thread(_first_canvas, photo, options, settings)
    found = await _pass([first], forward, min_score)
    if _unsure(found, first, settings):
        close_ups = await asyncio.to_thread(lambda: [draw(photo, side, border=b) for side, b in _CLOSE_UPS])
        near = _plausible(await _pass(close_ups, forward, min_score), photo)
        found = _merge([_without_parts(found, near), near])
    faces = suppress(_clipped(found, photo), settings.max_overlap)
    faces = faces.take(_shorter_sides(faces) >= options.min_size)
    return faces.take(slice(options.max_faces))


def _unsure(found: Candidates, canvas: Canvas, settings: FinderSettings) -> bool:
    """Whether the photo deserves close-ups: nothing certain was found, or something larger than the network sees."""
    if not len(found) or found.scores[0] < settings.sure:
        return True
    return bool(_sides(found.boxes).max() * max(canvas.scale_x, canvas.scale_y) > _LARGEST)


def _without_parts(found: Candidates, near: Candidates) -> Candidates:
    """The first pass's faces less those that mostly lie in a close-up's face: it saw a huge face in pieces."""
    inside = [overlap_of_own(box, near.boxes).max(initial=0.0) > _PART for box in found.boxes]
    return found.take(~np.array(inside, bool))


def _first_canvas(photo: NDArray[np.uint8], options: DetectOptions, settings: FinderSettings) -> Canvas:
    mode = options.mode or settings.mode
    side = SIDES[mode]
    if options.mode is None and settings.max_side is not None:
        side = settings.max_side
    longer = max(photo.shape[:2])
    enlarged = 2 * longer if mode == "thorough" else longer  # for faces under the network's ten pixels or so
    return draw(photo, max(min(side, enlarged), _SMALLEST_SIDE))


async def _pass(canvases: list[Canvas], forward: Forward, min_score: float) -> Candidates:
    outputs = await forward([{"image": canvas.pixels} for canvas in canvases])
    return await asyncio.to_thread(
        lambda: _merge([_on_photo(read(m, min_score), c) for m, c in zip(outputs, canvases, strict=True)])
    )


def _on_photo(found: Candidates, canvas: Canvas) -> Candidates:
    boxes = canvas.to_photo(found.boxes.reshape(-1, 2, 2)).reshape(-1, 4)
    # Landmarks count from the centre of the first pixel, boxes from its edge.
    return Candidates(found.scores, boxes, canvas.to_photo(found.landmarks) - 0.5)


def _merge(parts: list[Candidates]) -> Candidates:
    scores, boxes, landmarks = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("scores", "boxes", "landmarks")
    )
    order = np.argsort(-scores, kind="stable")
    return Candidates(scores, boxes, landmarks).take(order)


def _plausible(found: Candidates, photo: NDArray[np.uint8]) -> Candidates:
    """Of the close-ups' faces, those that do fill the picture: small ones are the first pass's business."""
    longer = max(photo.shape[:2])
    return found.take(_shorter_sides(found) >= longer * 0.25)


def _clipped(found: Candidates, photo: NDArray[np.uint8]) -> Candidates:
    """Boxes within the photo; a face whose landmarks' centre lies outside is none."""
    height, width = photo.shape[:2]
    boxes = found.boxes.clip(0, [width, height, width, height])
    centre = found.landmarks.mean(axis=1)
    inside = ((centre >= 0) & (centre < [width, height])).all(axis=1) & (_sides(boxes) >= 1).all(axis=1)
    return Candidates(found.scores, boxes, found.landmarks).take(inside)


def _sides(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return boxes[:, 2:] - boxes[:, :2]


def _shorter_sides(found: Candidates) -> NDArray[np.float64]:
    return np.asarray(_sides(found.boxes).min(axis=1, initial=np.inf))
