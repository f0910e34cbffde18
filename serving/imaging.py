"""A whole picture as pixels, in one call."""

from serving.pictures.photo import Photo
from serving.pictures.pixels import Pixels


def decode(data: bytes, *, max_pixels: int) -> Pixels:
    """Decode the first frame of a picture: uint8 (height, width, 3), RGB, EXIF orientation applied.

    Grey, alpha (over white), palette, CMYK and 16-bit pictures are converted. The size is read from the header and
    checked before any pixel is decoded. Raises UnsupportedImageError (415), UndecodableImageError (422) or
    TooManyPixelsError (422).
    """
    return Photo(data, max_pixels=max_pixels).decode()
