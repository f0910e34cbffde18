"""Pictures as people send them: any common format and mode -> upright RGB uint8, or a clear problem."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from serving.contents import kind_of
from web.problems import TooManyPixelsError, UndecodableImageError, UnsupportedImageError

# Only these decoders may run: Pillow also knows formats that call other programs (EPS) or that nobody sends.
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
_SUPPORTED = "JPEG, PNG, WebP, BMP, GIF and TIFF"
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
_WHITE = 255
_WHITE_16_BIT = 65535.0


def decode(data: bytes, *, max_pixels: int) -> NDArray[np.uint8]:
    """Decode the first frame of a picture: uint8 (height, width, 3), RGB, EXIF orientation applied.

    Grey, alpha (over white), palette, CMYK and 16-bit pictures are converted. The size is read from the header and
    checked before any pixel is decoded. Raises UnsupportedImageError (415), UndecodableImageError (422) or
    TooManyPixelsError (422).
    """
    if not data:
        raise UndecodableImageError("the file is empty")
    if not _has_known_signature(data):
        raise UnsupportedImageError(f"the file is {_guess(data)}; send {_SUPPORTED}")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            _check_size(image, max_pixels)
            return _to_rgb(image)
    except TooManyPixelsError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixelsError(
            f"more than {max_pixels / 1e6:g} megapixels; scale the picture down"
        ) from error
    except MemoryError:
        raise
    except Exception as error:  # decoders raise almost anything on damaged files
        raise UndecodableImageError(
            "the picture is damaged or truncated; save it again and resend"
        ) from error


def _check_size(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise TooManyPixelsError(
            f"{width} x {height} is {width * height / 1e6:.1f} megapixels, over the limit of {max_pixels / 1e6:g}; "
            "scale the picture down"
        )


def _to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I") or upright.mode == "F":
        return _scale_to_8_bit(np.asarray(upright))
    if upright.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in upright.info:
        rgba = upright.convert("RGBA")
        background = Image.new("RGBA", rgba.size, (_WHITE, _WHITE, _WHITE, _WHITE))
        upright = Image.alpha_composite(background, rgba)
    return np.asarray(upright.convert("RGB"))


def _scale_to_8_bit(grey: NDArray[Any]) -> NDArray[np.uint8]:
    """Grey of more than 8 bits -> RGB: floats from 0..1, 16-bit from 0..65535, anything wider from its own range."""
    values = grey.astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError("the picture holds values that are not numbers")
    low, high = float(values.min()), float(values.max())
    usual = 1.0 if grey.dtype.kind == "f" else _WHITE_16_BIT
    if low >= 0 and high <= usual:
        low, high = 0.0, usual
    scaled = (values - low) * (_WHITE / max(high - low, 1e-9))
    return np.repeat(np.round(scaled).astype(np.uint8)[:, :, None], 3, axis=2)


def _has_known_signature(data: bytes) -> bool:
    if data[:4] == b"RIFF":
        return b"WEBP".startswith(data[8:12])  # a cut-off WebP is damaged, a WAV file is no picture
    # A file cut within its signature is damaged, not of another kind.
    return any(data.startswith(s) or (len(data) < len(s) and s.startswith(data)) for s in _SIGNATURES)


def _guess(data: bytes) -> str:
    """What the bytes look like, for the message of a refusal."""
    brand = data[4:12]
    if brand.startswith((b"ftyphei", b"ftypmif1", b"ftyphevc")):
        return "a HEIC picture, which is not supported"
    if brand.startswith(b"ftypavif"):
        return "an AVIF picture, which is not supported"
    return kind_of(data)
