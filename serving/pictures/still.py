"""A picture that is decoded already, such as a frame of a video, looked at like a photo."""

from serving.pictures.photo import Photo
from serving.pictures.pixels import Pixels


class Still(Photo):
    """Pixels, uint8 (height, width, 3), RGB, upright."""

    def __init__(self, pixels: Pixels) -> None:
        # There is no file whose header would have to be read.
        self._pixels = pixels
        self.height, self.width = pixels.shape[:2]
        self.scalable = False

    def cost(self, reduction: int = 1) -> int:  # noqa: ARG002  # as a photo's
        """What the pixels take: they are there whether they are looked at or not."""
        return int(self._pixels.nbytes)

    def decode(self, reduction: int = 1) -> Pixels:  # noqa: ARG002  # as a photo's
        """The pixels."""
        return self._pixels

    def abandon(self) -> None:
        """Nothing is under way."""
