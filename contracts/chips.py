"""The chip: the one internal picture of a face, and the similarity transform that leads to it.

A chip is 256x256 RGB uint8. A face gets there by the similarity transform (rotation, uniform scale,
shift; never a reflection) that brings its five landmarks closest to `TEMPLATE` in least squares.

Coordinates are pixels with x to the right and y down; an integer is the centre of a pixel (OpenCV's
convention). A transform maps points of the upright photo to points of the chip.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

CHIP_SIZE = 256

# The five-point reference for 112x112 crops used by ArcFace and its descendants (InsightFace's `arcface_dst`):
# image-left eye, image-right eye, nose tip, image-left mouth corner, image-right mouth corner.
_REFERENCE_112 = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)
_SCALE = 2.0
_MARGIN = 16.0

TEMPLATE = tuple((_SCALE * x + _MARGIN, _SCALE * y + _MARGIN) for x, y in _REFERENCE_112)
"""Where the five landmarks lie in a chip: the 112-pixel reference at scale 2 with a 16-pixel margin."""

Point2 = tuple[float, float]


class Transform(NamedTuple):
    """A 2x3 affine map, row by row: x' = a*x + b*y + tx, y' = c*x + d*y + ty."""

    a: float
    b: float
    tx: float
    c: float
    d: float
    ty: float

    def apply(self, points: Iterable[Sequence[float]]) -> list[Point2]:
        """Map points (x, y); further components of a point are ignored."""
        a, b, tx, c, d, ty = self
        return [(a * p[0] + b * p[1] + tx, c * p[0] + d * p[1] + ty) for p in points]

    def inverse(self) -> "Transform":
        """The map back. Raises ValueError when this one collapses the plane."""
        a, b, tx, c, d, ty = self
        determinant = a * d - b * c
        if abs(determinant) < 1e-12:  # noqa: PLR2004  # a face of a millionth of a pixel
            raise ValueError("the transform has no inverse")
        ia, ib, ic, id_ = d / determinant, -b / determinant, -c / determinant, a / determinant
        return Transform(ia, ib, -(ia * tx + ib * ty), ic, id_, -(ic * tx + id_ * ty))

    @property
    def scale(self) -> float:
        """Chip pixels per photo pixel."""
        return float(abs(self.a * self.d - self.b * self.c) ** 0.5)


def align(landmarks: Sequence[Sequence[float]]) -> Transform:
    """The similarity transform from photo to chip for five landmarks in the order of `TEMPLATE`.

    The closed least-squares solution with points as complex numbers: z' = m*z + t with
    m = sum(conj(z - mean z) * (z' - mean z')) / sum(|z - mean z|^2); it equals Umeyama's (IEEE PAMI 13(4),
    1991) without its reflection case. Raises ValueError when the landmarks coincide.
    """
    if len(landmarks) != len(TEMPLATE):
        raise ValueError(f"{len(TEMPLATE)} landmarks are needed, not {len(landmarks)}")
    source = [complex(x, y) for x, y in landmarks]
    target = [complex(x, y) for x, y in TEMPLATE]
    source_mean, target_mean = sum(source) / len(source), sum(target) / len(target)
    spread = sum(abs(z - source_mean) ** 2 for z in source)
    if spread < 1e-9:  # noqa: PLR2004  # the five points lie on one spot
        raise ValueError("the landmarks coincide")
    m = (
        sum((z - source_mean).conjugate() * (w - target_mean) for z, w in zip(source, target, strict=True))
        / spread
    )
    t = target_mean - m * source_mean
    return Transform(m.real, -m.imag, t.real, m.imag, m.real, t.imag)
