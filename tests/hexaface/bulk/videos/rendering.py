"""Videos made of the sample photos, where everybody's place is known at every moment."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from PIL import Image

from tests.paths import SAMPLES

SIZE = (640, 360)


@dataclass(frozen=True)
class Actor:
    """A face that moves: `where` gives the centre of its picture at a second, or None while it is away."""

    name: str
    where: Callable[[float], tuple[float, float] | None]
    side: int = 150


def portrait(name: str, side: int) -> Image.Image:
    """A sample's head and shoulders, so many pixels high."""
    with Image.open(SAMPLES / f"{name}.jpg") as photo:
        upright = photo.convert("RGB")
    upright.thumbnail((10_000, side))
    return upright


def scene(actors: list[Actor], second: float) -> np.ndarray:
    """The picture at a second."""
    ramp = np.linspace(90, 150, SIZE[0], dtype=np.uint8)
    canvas = Image.fromarray(np.tile(ramp[None, :, None], (SIZE[1], 1, 3)))
    for actor in actors:
        place = actor.where(second)
        if place is not None:
            picture = portrait(actor.name, actor.side)
            canvas.paste(picture, (round(place[0] - picture.width / 2), round(place[1] - picture.height / 2)))
    return np.asarray(canvas)


def write_video(path, pictures, times, codec="libx264", **options) -> None:
    """Encode pictures (uint8, RGB) that are shown at the given seconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options={"preset": "ultrafast", "crf": "18"} | options)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for picture, second in zip(pictures, times, strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = round(1000 * second), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def film(path, actors: list[Actor], seconds: float, rate: float = 25) -> list[float]:
    """Write a video of the actors; the times of its frames."""
    times = [n / rate for n in range(round(seconds * rate))]
    write_video(path, [scene(actors, second) for second in times], times)
    return times
