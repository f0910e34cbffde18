"""Finding faces: one pass over the whole photo, and close-up passes for faces that fill the picture."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.detection import DetectOptions, Mode
from services.detector.candidates import Candidates, overlap_of_own, suppress
from services.detector.canvas import Canvas, draw
from services.detector.detectors import DETECTORS, Detector

Look = Callable[[Sequence[Canvas]], Awaitable[list[Candidates]]]
"""A detector's model: one canvas or several in, the candidates of each out."""

# Of a box: the share within a close-up's face that makes it a part of it.
_PART = 0.6
# Of the photo's longer side: a close-up's face is longer, smaller ones are the first pass's business.
_FILLS = 0.25

# The smallest canvas worth a first pass; smaller photos are enlarged to it.
_SMALLEST_SIDE = 128


@dataclass(frozen=True)
class FinderSettings:
    """How to look, where a request does not say."""

    detector: Detector = DETECTORS["yunet"]
    mode: Mode = "balanced"
    max_side: int | None = None
    min_score: float | None = None
    """The detector's own unless given."""


async def find_faces(
    photo: NDArray[np.uint8], look: Look, options: DetectOptions, settings: FinderSettings
) -> Candidates:
    """The faces of a photo, uint8 (height, width, 3) RGB, in its pixels, best score first."""
    detector = settings.detector
    asked = settings.min_score if options.min_score is None else options.min_score
    min_score = detector.min_score if asked is None else asked
    canvases = await asyncio.to_thread(_canvases, photo, options, settings)
    seen = await _pass(canvases, look, detector)
    support = detector.support.of(len(canvases)) if detector.support else None
    found = suppress(seen.whole, detector.max_overlap, support)
    found = found.at_least(min_score)
    if seen.larger or not len(found) or found.scores[0] < detector.sure:
        close_ups = await asyncio.to_thread(
            lambda: [draw(photo, side, border=b) for side, b in detector.close_ups]
        )
        near = _filling(_merge([seen.whole, (await _pass(close_ups, look, detector)).whole]), photo)
        near = suppress(near, detector.max_overlap, detector.support).at_least(min_score)
        found = _merge([_without_parts(found, near), near])
    faces = suppress(_clipped(found, photo), detector.max_overlap)
    faces = faces.take(_shorter_sides(faces) >= options.min_size)
    return faces.take(slice(options.max_faces))


@dataclass(frozen=True)
class _Seen:
    """The candidates of a pass in the photo, and whether something was too large for the network to see it whole."""

    whole: Candidates
    larger: bool


def _without_parts(found: Candidates, near: Candidates) -> Candidates:
    """The first pass's faces less those that mostly lie in a close-up's face: it saw a huge face in pieces."""
    inside = [overlap_of_own(box, near.boxes).max(initial=0.0) > _PART for box in found.boxes]
    return found.take(~np.array(inside, bool))


def sides_of(options: DetectOptions, settings: FinderSettings) -> tuple[int, ...]:
    """The longer sides of the network's inputs: no photo needs to be larger to find its faces."""
    if options.mode is None and settings.max_side is not None:
        return (settings.max_side,)
    return settings.detector.sides[options.mode or settings.mode]


def _canvases(photo: NDArray[np.uint8], options: DetectOptions, settings: FinderSettings) -> list[Canvas]:
    mode, sides = options.mode or settings.mode, sides_of(options, settings)
    longer = max(photo.shape[:2])
    enlarged = 2 * longer if mode == "thorough" else longer  # for faces under the network's ten pixels or so
    # A small photo brings several sides down to one.
    fitting = dict.fromkeys(max(min(side, enlarged), _SMALLEST_SIDE) for side in sides)
    return [draw(photo, side) for side in fitting]


async def _pass(canvases: list[Canvas], look: Look, detector: Detector) -> _Seen:
    found = await look(canvases)
    return _gather(found, canvases, detector)


def _gather(found: list[Candidates], canvases: list[Canvas], detector: Detector) -> _Seen:
    """Candidates longer than the network can see are pieces of a face: a pass on a smaller canvas finds it whole."""
    sights = [_sides(one.boxes).max(axis=1) <= detector.largest for one in found]
    whole = [
        _on_photo(one.take(sight), canvas) for one, sight, canvas in zip(found, sights, canvases, strict=True)
    ]
    larger = any(
        (one.scores[~sight] >= detector.min_score).any() for one, sight in zip(found, sights, strict=True)
    )
    return _Seen(_merge(whole), larger)


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


def _filling(found: Candidates, photo: NDArray[np.uint8]) -> Candidates:
    """Of the close-ups' faces, those that do fill the picture."""
    return found.take(_shorter_sides(found) >= max(photo.shape[:2]) * _FILLS)


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
