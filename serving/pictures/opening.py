"""Opening a picture by its header: any common format, or a clear problem; nothing is decoded."""

import io
from functools import cache

import pi_heif
from PIL import Image

from serving.contents import kind_of
from web.problems import TooManyPixelsError, UndecodableImageError, UnsupportedImageError

# Only these decoders may run: Pillow also knows formats that call other programs (EPS) or that nobody sends.
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "AVIF", "HEIF")
SUPPORTED = "JPEG, PNG, WebP, BMP, GIF, TIFF, AVIF or HEIC"
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
# ISO 14496-12 files name their kind after `ftyp`; phones write HEIC under several of these.
_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")
_BRAND_END = 12


def check_kind(data: bytes) -> None:
    """Raises UndecodableImageError for an empty file, UnsupportedImageError for one that is no supported picture."""
    if not data:
        raise UndecodableImageError("the file is empty")
    if not _has_known_signature(data):
        raise UnsupportedImageError(f"the file is {kind_of(data)}; send {SUPPORTED}")


def open_image(file: io.BytesIO, max_pixels: int) -> Image.Image:
    """The first frame of a picture, its size checked. Raises TooManyPixelsError, or whatever a decoder raises."""
    _register_heif()
    try:
        image = Image.open(file, formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixelsError(
            f"more than {max_pixels / 1e6:g} megapixels; scale the picture down"
        ) from error
    width, height = image.size
    if width * height > max_pixels:
        raise TooManyPixelsError(
            f"{width} x {height} is {width * height / 1e6:.1f} megapixels, over the limit of {max_pixels / 1e6:g}; "
            "scale the picture down"
        )
    return image


@cache
def _register_heif() -> None:
    pi_heif.register_heif_opener()


def _has_known_signature(data: bytes) -> bool:
    if data[:4] == b"RIFF":
        return b"WEBP".startswith(data[8:12])  # a cut-off WebP is damaged, a WAV file is no picture
    if data[4:8] == b"ftyp":
        brand = data[8:_BRAND_END]
        return any(known.startswith(brand) for known in _BRANDS)
    # A file cut within its signature is damaged, not of another kind.
    return any(data.startswith(s) or (len(data) < len(s) and s.startswith(data)) for s in _SIGNATURES)
