"""Decoded pictures of any mode -> upright RGB uint8, strip by strip, so that nothing is held twice."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

_WHITE = 255
_WHITE_16_BIT = 65535.0
STRIP_PIXELS = 250_000
"""At most so many pixels are converted at once: what a conversion takes on top is at most 10 MB, whatever the picture."""

_SIDEWAYS = (5, 6, 7, 8)


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height once the EXIF orientation is applied."""
    width, height = image.size
    return (height, width) if orientation_of(image) in _SIDEWAYS else (width, height)


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 is upright, also where EXIF is damaged."""
    try:
        # Of the base class: PNG's own would decode the picture to look for it behind the pixels.
        found = Image.Image.getexif(image).get(0x0112, 1)
    except Exception:  # noqa: BLE001  # readers of EXIF raise almost anything on damaged ones
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1  # noqa: PLR2004  # EXIF 2.32, table 6


def upright_rgb(image: Image.Image) -> Pixels:
    """The pixels of a loaded picture: uint8 (height, width, 3), RGB, upright. Raises ValueError on values that are none."""
    width, height = upright_size(image)
    pixels = np.empty((height, width, 3), np.uint8)
    stored = as_stored(pixels, orientation_of(image))
    convert = _converter(image)
    for top, strip in _strips(image):
        stored[top : top + strip.height] = convert(strip)
    return pixels


def as_stored(upright: Pixels, orientation: int) -> Pixels:
    """A view of an upright picture (height, width, 3) in which the rows lie as the file stores them."""
    views: dict[int, Callable[[Pixels], Pixels]] = {
        1: lambda p: p,
        2: lambda p: p[:, ::-1],
        3: lambda p: p[::-1, ::-1],
        4: lambda p: p[::-1],
        5: lambda p: p.transpose(1, 0, 2),
        6: lambda p: p[:, ::-1].transpose(1, 0, 2),
        7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
        8: lambda p: p[::-1].transpose(1, 0, 2),
    }
    return views[orientation](upright)


def _strips(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    width, height = image.size
    rows = max(1, STRIP_PIXELS // width)
    if rows >= height:
        yield 0, image
        return
    for top in range(0, height, rows):
        yield top, image.crop((0, top, width, min(top + rows, height)))


def _converter(image: Image.Image) -> Callable[[Image.Image], NDArray[Any]]:
    if image.mode.startswith("I") or image.mode == "F":
        low, high = _range(image)
        return lambda strip: _to_8_bit(np.asarray(strip), low, high)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        return _over_white
    return lambda strip: np.asarray(strip.convert("RGB"))


def _over_white(strip: Image.Image) -> NDArray[Any]:
    rgba = strip.convert("RGBA")
    background = Image.new("RGBA", rgba.size, (_WHITE, _WHITE, _WHITE, _WHITE))
    return np.asarray(Image.alpha_composite(background, rgba).convert("RGB"))


def _range(image: Image.Image) -> tuple[float, float]:
    """The values of black and white: 0..1 for floats, 0..65535 for integers; what exceeds that is taken from its own range."""
    lows, highs = [], []
    kind = "i"
    for _, strip in _strips(image):
        values = np.asarray(strip)
        kind = values.dtype.kind
        lows.append(float(values.min()))
        highs.append(float(values.max()))
    low, high = min(lows), max(highs)
    # A minimum over NaN is NaN.
    if not (np.isfinite(lows).all() and np.isfinite(highs).all()):
        raise ValueError("the picture holds values that are not numbers")
    usual = 1.0 if kind == "f" else _WHITE_16_BIT
    return (0.0, usual) if low >= 0 and high <= usual else (low, high)


def _to_8_bit(grey: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    scaled = (grey.astype(np.float64) - low) * (_WHITE / max(high - low, 1e-9))
    return np.repeat(np.round(scaled).astype(np.uint8)[:, :, None], 3, axis=2)
