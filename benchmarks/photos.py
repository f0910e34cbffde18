"""The photos of the benchmark, made from the samples: one face, a phone's photo of it, six faces, a crowd."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

_SAMPLES = Path(__file__).resolve().parent.parent / "samples"
_COLUMNS, _ROWS, _TILE = 7, 5, 180


def photos() -> dict[str, bytes]:
    """JPEGs by what they show."""
    portrait = Image.open(_SAMPLES / "astronaut.jpg").convert("RGB")
    group = (_SAMPLES / "group.jpg").read_bytes()
    return {
        "one face, 640x480": _jpeg(_within(portrait, 640, 480)),
        "one face, 4000x3000": _jpeg(_within(portrait, 4000, 3000)),
        "six faces": group,
        "35 faces": _jpeg(_crowd(portrait)),
    }


def _within(portrait: Image.Image, width: int, height: int) -> Image.Image:
    """The portrait as high as the photo, in its middle, on grey."""
    photo = Image.new("RGB", (width, height), (128, 128, 128))
    photo.paste(portrait.resize((height, height), Image.Resampling.BICUBIC), ((width - height) // 2, 0))
    return photo


def _crowd(portrait: Image.Image) -> Image.Image:
    """The portrait's face 35 times, each a little brighter or darker than the others."""
    face = np.asarray(portrait.crop((150, 20, 300, 170)).resize((_TILE, _TILE))).astype(np.float32)
    photo = Image.new("RGB", (_COLUMNS * _TILE, _ROWS * _TILE))
    for i in range(_COLUMNS * _ROWS):
        tile = np.clip(face * (0.8 + i / 100), 0, 255).astype(np.uint8)
        photo.paste(Image.fromarray(tile), (i % _COLUMNS * _TILE, i // _COLUMNS * _TILE))
    return photo


def _jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()
