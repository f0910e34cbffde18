"""The photos of the benchmark, made from the samples: one face, a phone's photo of it, six faces, a crowd."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

_SAMPLES = Path(__file__).resolve().parent.parent / "samples"
_TILE = 180

ONE_FACE, CROWD = "one face, 640x480", "35 faces"
"""Names of two of the photos."""


def photos() -> dict[str, bytes]:
    """JPEGs by what they show."""
    portrait = Image.open(_SAMPLES / "astronaut.jpg").convert("RGB")
    return {
        ONE_FACE: _jpeg(_within(portrait, 640, 480)),
        "one face, 4000x3000": _jpeg(_within(portrait, 4000, 3000)),
        "six faces": _jpeg(_crowd(portrait, 3, 2)),
        CROWD: _jpeg(_crowd(portrait, 7, 5)),
    }


def _within(portrait: Image.Image, width: int, height: int) -> Image.Image:
    """The portrait as high as the photo, in its middle, on grey."""
    photo = Image.new("RGB", (width, height), (128, 128, 128))
    photo.paste(portrait.resize((height, height), Image.Resampling.BICUBIC), ((width - height) // 2, 0))
    return photo


def _crowd(portrait: Image.Image, columns: int, rows: int) -> Image.Image:
    """The portrait's face many times, each a little brighter than the one before."""
    face = np.asarray(portrait.crop((150, 20, 300, 170)).resize((_TILE, _TILE))).astype(np.float32)
    photo = Image.new("RGB", (columns * _TILE, rows * _TILE))
    for i in range(columns * rows):
        tile = np.clip(face * (0.8 + i / 100), 0, 255).astype(np.uint8)
        photo.paste(Image.fromarray(tile), (i % columns * _TILE, i // columns * _TILE))
    return photo


def _jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()
