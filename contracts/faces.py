"""Where a face is: boxes, landmarks, size and quality, in pixels of the upright photo."""

from pydantic import Field

from contracts.chips import Transform
from contracts.message import Message


class ImageSize(Message):
    """The size of the upright photo (EXIF orientation applied), in pixels."""

    width: int = Field(ge=1)
    """Pixels."""
    height: int = Field(ge=1)
    """Pixels."""


class Point(Message):
    """A point: x to the right, y down; an integer is the centre of a pixel."""

    x: float
    """To the right, pixels of the upright picture."""
    y: float
    """Downwards, pixels of the upright picture."""


class Box(Message):
    """A bounding box by its top left corner and its size."""

    x: float
    """Left edge, pixels of the upright picture."""
    y: float
    """Top edge, pixels of the upright picture."""
    width: float = Field(ge=0)
    """Pixels."""
    height: float = Field(ge=0)
    """Pixels."""


class Landmarks(Message):
    """Five landmarks. Left and right are the subject's own: `left_eye` is on the right of the picture."""

    left_eye: Point
    """Centre of the subject's left eye."""
    right_eye: Point
    """Centre of the subject's right eye."""
    nose: Point
    """Tip of the nose."""
    mouth_left: Point
    """The subject's left corner of the mouth."""
    mouth_right: Point
    """The subject's right corner of the mouth."""


class Quality(Message):
    """How fit a face is for recognition, measured by the detector on the photo and the chip."""

    face_size: float = Field(description="the shorter side of the box, pixels of the photo")
    sharpness: float = Field(
        description="variance of the Laplacian over the chip's inner face, grey levels squared"
    )
    yaw: float = Field(
        description="rough yaw from the five landmarks, degrees; positive to the subject's left"
    )
    pitch: float = Field(description="rough pitch from the five landmarks, degrees; positive upwards")
    roll: float = Field(
        description="in-plane rotation of the eye line, degrees; positive clockwise in the picture"
    )


class Face(Message):
    """A detected face as the public API shows it."""

    box: Box
    """Where the face is."""
    score: float = Field(ge=0, le=1)
    """Detection score, 0 to 1."""
    landmarks: Landmarks
    """Eyes, nose and mouth corners."""
    quality: Quality | None = None
    """How fit the face is for recognition."""


class ProbedFace(Message):
    """A face that was compared; it has no place where an embedding was sent and no picture."""

    box: Box | None = None
    """Where the face is."""
    score: float | None = Field(default=None, ge=0, le=1)
    """Detection score, 0 to 1."""
    landmarks: Landmarks | None = None
    """Eyes, nose and mouth corners."""
    quality: Quality | None = None
    """How fit the face is for recognition."""


class LocatedFace(Face):
    """A detected face as it travels between detector and gateway: with the way to its chip."""

    transform: tuple[float, float, float, float, float, float] = Field(
        description="photo -> chip, 2x3 row by row: a, b, tx, c, d, ty"
    )

    @property
    def chip_transform(self) -> Transform:
        """The similarity transform from the photo to the chip."""
        return Transform(*self.transform)
