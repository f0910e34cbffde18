"""Write a video again with what was found drawn in: every frame, faces between two sightings where they are supposed to be."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from contracts.faces import Box, Face, Landmarks, Point
from hexaface.bulk.videos.following import PATIENCE_SECONDS
from hexaface.bulk.videos.footage import Footage
from hexaface.bulk.videos.sampling import Sampling

Pixels = NDArray[np.uint8]
_CLOCK = Fraction(1, 90_000)
_EVERY_FRAME = 1000.0
_POINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")


@dataclass(frozen=True)
class Shown:
    """A face in a frame, and whose it is."""

    track: int
    face: Face
    said: str
    """Age, gender and expression in a few words, as far as they are known."""


Draw = Callable[[Pixels, Sequence[Shown]], Pixels]
"""A frame, uint8 (height, width, 3) RGB, with the faces drawn in."""


def annotate(
    video: str, frames: pa.Table, tracks: pa.Table, draw: Draw, target: Path, *, seconds: float | None
) -> None:
    """Write `video` to `target` (MP4, H.264, without sound) with the faces of its rows, up to `seconds`. Raises VideoError, OSError."""
    people = [_Person(frames.filter(pc.field("track") == row["track"]), row) for row in _people(tracks)]
    partial = target.with_name(f".{target.stem}.partial.mp4")
    with Footage(video) as footage, av.open(str(partial), "w") as container:
        stream: Any = None
        for frame in footage.frames(Sampling(rate=_EVERY_FRAME, seconds=seconds)):
            there = [shown for person in people if (shown := person.at(frame.seconds))]
            pixels = _even(draw(frame.pixels, there))
            if stream is None:
                stream = container.add_stream("h264", rate=round(footage.rate) or 1)
                stream.height, stream.width, stream.pix_fmt = *pixels.shape[:2], "yuv420p"
                stream.codec_context.time_base = _CLOCK
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            picture.pts, picture.time_base = round(frame.seconds / _CLOCK), _CLOCK
            container.mux(stream.encode(picture))
        if stream is not None:
            container.mux(stream.encode(None))
    partial.replace(target)


class _Person:
    """Where somebody is at any time, from the frames that were looked at."""

    def __init__(self, sightings: pa.Table, row: dict[str, Any]) -> None:
        self._track: int = row["track"]
        self._seconds = sightings["seconds"].to_numpy()
        self._places = np.stack([_place(*both) for both in _both(sightings)])
        self._sightings = sightings
        self._row = row

    def at(self, seconds: float) -> Shown | None:
        """None while they are away."""
        after = int(np.searchsorted(self._seconds, seconds - 1e-3))
        if after == len(self._seconds):
            return None
        exact = abs(self._seconds[after] - seconds) <= 1e-3  # noqa: PLR2004  # clocks are rounded
        if not exact and (after == 0 or self._seconds[after] - self._seconds[after - 1] > PATIENCE_SECONDS):
            return None
        place = [np.interp(seconds, self._seconds, column) for column in self._places.T]
        points = {name: Point(x=place[4 + 2 * i], y=place[5 + 2 * i]) for i, name in enumerate(_POINTS)}
        face = Face(
            box=Box(x=place[0], y=place[1], width=place[2], height=place[3]),
            score=self._sightings["score"][after].as_py(),
            landmarks=Landmarks.model_validate(points),
        )
        return Shown(self._track, face, self._said(after))

    def _said(self, place: int) -> str:
        words = []
        if (attributes := self._row.get("attributes")) is not None:
            words += [f"{attributes['age']['years']:.0f}", attributes["gender"]["label"]]
        if "emotion" in self._sightings.schema.names:
            words.append(self._sightings["emotion"][place].as_py()["label"])
        return " ".join(words)


def _people(tracks: pa.Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tracks.filter(pc.field("track").is_valid()).to_pylist()
    return found


def _both(sightings: pa.Table) -> Iterator[tuple[dict[str, float], dict[str, dict[str, float]]]]:
    return zip(sightings["box"].to_pylist(), sightings["landmarks"].to_pylist(), strict=True)


def _place(box: dict[str, float], landmarks: dict[str, dict[str, float]]) -> NDArray[np.float64]:
    points = [landmarks[name][axis] for name in _POINTS for axis in ("x", "y")]
    return np.array([box["x"], box["y"], box["width"], box["height"], *points])


def _even(pixels: Pixels) -> Pixels:
    """Without a last odd row and column, which H.264 does not take."""
    return np.ascontiguousarray(pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2])
