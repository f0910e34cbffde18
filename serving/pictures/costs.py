"""What decoding a picture takes, from its header: bytes at the peak, never less than it really is.

Measured with Pillow 13 and pi-heif 1.4 on pictures of 20 megapixels (docs/operations.md); a test measures it again.
"""

from PIL import Image, ImageFile

from serving.pictures.pixels import STRIP_PIXELS

# Pillow keeps these modes in fewer than four bytes a pixel.
_STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
_STORED_OTHERS = 4
_RGB = 3
_STRIP_BYTES = 40
"""Per pixel of a strip under conversion: float64 and several RGBA copies."""

# On top of Pillow's picture and our RGB, per pixel: WebP's animation decoder keeps two canvases and the frame, AVIF and
# HEIC their planes (of up to 16 bits) and RGBA.
_EXTRA = {"WEBP": 9, "AVIF": 9, "HEIF": 6}
_COEFFICIENT = 2
_SCAN_HEADER = 6


def decoding_bytes(image: Image.Image, reduction: int) -> int:
    """Bytes at the peak of decoding an opened picture; a JPEG at 1/`reduction` of its size."""
    pixels = image.width * image.height
    stored = _STORED.get(image.mode, _STORED_OTHERS)
    strips = _STRIP_BYTES * min(pixels, STRIP_PIXELS)
    if image.format in ("JPEG", "MPO"):
        reduced = pixels / reduction**2
        return int(max(reduced * (stored + _RGB), pixels * _buffered(image) + reduced * stored)) + strips
    return pixels * (stored + _RGB + _EXTRA.get(image.format or "", 0)) + strips


def _buffered(image: Image.Image) -> float:
    """Bytes a pixel that libjpeg keeps while it reads: all coefficients when they come in several scans."""
    layers: list[tuple[int, int, int, int]] = getattr(image, "layer", [])
    if not layers or _has_one_scan(image, len(layers)):
        return 0
    largest = max(h for _, h, _, _ in layers) * max(v for _, _, v, _ in layers)
    return _COEFFICIENT * sum(h * v for _, h, v, _ in layers) / largest


def _has_one_scan(image: Image.Image, components: int) -> bool:
    """Whether the first scan, after whose header Pillow stopped reading, has every component at once."""
    file = image.fp if isinstance(image, ImageFile.ImageFile) else None
    if file is None or image.format != "JPEG" or image.info.get("progressive"):
        return False
    position, length = file.tell(), _SCAN_HEADER + 2 * components
    file.seek(max(0, position - length - 2))
    header = file.read(length + 2)
    file.seek(position)
    # ITU T.81, B.2.3: the marker, the segment's length, the number of components.
    return header[:5] == b"\xff\xda" + length.to_bytes(2, "big") + bytes([components])
