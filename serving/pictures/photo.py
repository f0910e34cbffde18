"""A photo: its size and what decoding it takes are known from its header; pixels come at the scale that is asked for."""

import io

from PIL import Image

from serving.pictures.costs import decoding_bytes
from serving.pictures.opening import check_kind, open_image
from serving.pictures.pixels import Pixels, upright_rgb, upright_size
from web.problems import ProblemError, UndecodableImageError

REDUCTIONS = (8, 4, 2, 1)
"""What a JPEG's decoder can leave out: it makes one pixel of 8x8, 4x4 or 2x2 for a fraction of the time."""


class AbandonedError(Exception):
    """Nobody waits for the pixels any more."""


class Photo:
    """A picture of any supported format. Raises ProblemError (415, 422) for what is none, or has too many pixels."""

    def __init__(self, data: bytes, *, max_pixels: int) -> None:
        check_kind(data)
        self._file = _File(data)
        self._max_pixels = max_pixels
        image = self._opened()
        self.width, self.height = upright_size(image)
        self.scalable = image.format in ("JPEG", "MPO")
        """Whether a smaller picture takes less time to decode than the whole."""
        scales = REDUCTIONS if self.scalable else (1,)
        self._costs = {reduction: decoding_bytes(image, reduction) for reduction in scales}

    def reduction_for(self, side: float) -> int:
        """The strongest of REDUCTIONS that leaves the longer side at least `side` pixels; 1 where there is none."""
        longer = max(self.width, self.height)
        return next((r for r in REDUCTIONS if longer // r >= side), 1)

    def cost(self, reduction: int = 1) -> int:
        """Bytes that decoding takes at its peak, from the header: never less than it takes."""
        return self._costs.get(reduction, self._costs[1])

    def decode(self, reduction: int = 1) -> Pixels:
        """The pixels, uint8 RGB, upright: (ceil(height / reduction), ceil(width / reduction), 3).

        A picture that is not `scalable` comes whole. Raises UndecodableImageError, AbandonedError.
        """
        image = self._opened()
        try:
            if self.scalable and reduction > 1:
                image.draft(None, (max(1, image.width // reduction), max(1, image.height // reduction)))
            image.load()
            pixels = upright_rgb(image)
        except (MemoryError, AbandonedError):
            raise
        except Exception as error:  # decoders raise almost anything on damaged files
            raise _undecodable() from error
        if not self.scalable:  # a PNG's orientation may stand behind its pixels
            self.height, self.width = pixels.shape[:2]
        return pixels

    def abandon(self) -> None:
        """Nobody waits any more: a decoder that reads on ends with AbandonedError."""
        self._file.abandoned = True

    def _opened(self) -> Image.Image:
        self._file.seek(0)
        try:
            return open_image(self._file, self._max_pixels)
        except (ProblemError, MemoryError, AbandonedError):
            raise
        except Exception as error:  # decoders raise almost anything on damaged files
            raise _undecodable() from error


class _File(io.BytesIO):
    abandoned = False

    def read(self, size: int | None = -1, /) -> bytes:
        if self.abandoned:
            raise AbandonedError
        return super().read(size)


def _undecodable() -> UndecodableImageError:
    return UndecodableImageError("the picture is damaged or truncated; save it again and resend")
