"""Draw an analysis over its photo: boxes, points, head axes, gaze, and a label that says what was found."""

from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from io import BytesIO
from statistics import median

from PIL import Image, ImageDraw, ImageFont, ImageOps

from contracts.api import AnalyzeAnswer, AnalyzedFace
from contracts.faces import Face, Point
from contracts.identity import Decision, IdentifyAnswer
from contracts.keypoints import FacialPoints, Keypoints
from hexaface.drawing.head_axes import Vector2, gaze_ray, head_axes
from hexaface.drawing.labels import names, places, wordings

Colour = tuple[int, int, int]

# Tableau's colour-blind palette: neighbours stay apart for every kind of colour vision.
_PALETTE: tuple[Colour, ...] = (
    (0, 107, 164),
    (255, 128, 14),
    (95, 158, 209),
    (200, 82, 0),
    (137, 137, 137),
    (162, 200, 236),
    (255, 188, 121),
    (171, 171, 171),
)
# Okabe and Ito's colours, which every kind of colour vision tells apart.
_DECISIONS: dict[Decision, Colour] = {
    "match": (0, 158, 115),
    "uncertain": (230, 159, 0),
    "unknown": (137, 137, 137),
}
_LEFTWARDS, _UPWARDS, _FORWARDS = (226, 60, 60), (70, 190, 90), (70, 130, 255)  # x, y, z: red, green, blue
_GAZE, _POINT, _MESH = (255, 214, 10), (255, 255, 255), (120, 230, 255)

_LEGIBLE_SIDE = 900  # smaller photos are enlarged, or a label would cover the face
_SMOOTH_UP_TO = 2600  # up to this side lines are drawn at twice the size and reduced, which smooths them
_SMALL_FACE = 110.0  # pixels of the drawing; below it only box and name are drawn
_LEAST_TEXT = 13


@cache
def _read_heic() -> None:
    """Let Pillow read HEIC where pi-heif is installed, as it is with the server."""
    with suppress(ImportError):
        import pi_heif  # noqa: PLC0415  # the client alone has none

        pi_heif.register_heif_opener()


def annotate(photo: bytes, answer: AnalyzeAnswer | IdentifyAnswer) -> bytes:
    """The photo as a PNG with every face drawn in, and what was found or who it is; EXIF orientation is applied.

    Raises ValueError for an answer about an embedding: it has no places in a picture.
    """
    _read_heic()
    with Image.open(BytesIO(photo)) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    faces: Sequence[Face]
    if isinstance(answer, IdentifyAnswer):
        faces = [face.narrowed(Face) for face in answer.faces]
        colours = [_DECISIONS[face.decision] for face in answer.faces]
        texts = [names(face) for face in answer.faces]
    else:
        faces = answer.faces
        colours = [_PALETTE[index % len(_PALETTE)] for index in range(len(answer.faces))]
        texts = [wordings(face, index) for index, face in enumerate(answer.faces)]
    drawing = _Drawing(upright, max(1.0, _LEGIBLE_SIDE / max(upright.size)), faces)
    for face, colour in zip(faces, colours, strict=True):
        drawing.face(face, colour)
    if faces:
        drawing.labels(faces, texts, colours)  # last: no line crosses a text
    png = BytesIO()
    drawing.finished().save(png, "PNG")
    return png.getvalue()


def draw_faces(
    picture: Image.Image, faces: Sequence[Face], texts: Sequence[Sequence[str]], numbers: Sequence[int]
) -> Image.Image:
    """A picture of the same size with the faces drawn in, for one of many frames: fast, and a number keeps its colour.

    `texts`: what each face's label says, in ever fewer words, each as many as the others.
    """
    drawing = _Drawing(picture, 1.0, faces, smooth=1)
    colours = [_PALETTE[number % len(_PALETTE)] for number in numbers]
    for face, colour in zip(faces, colours, strict=True):
        drawing.face(face, colour)
    drawing.labels(faces, texts, colours)
    return drawing.finished()


class _Drawing:
    """A transparent layer over a photo, with the photo's coordinates scaled to its own."""

    def __init__(
        self, photo: Image.Image, enlarged: float, faces: Sequence[Face], smooth: int | None = None
    ) -> None:
        size = (round(photo.width * enlarged), round(photo.height * enlarged))
        self._photo = photo if size == photo.size else photo.resize(size, Image.Resampling.LANCZOS)
        self._smooth = smooth or (2 if max(size) <= _SMOOTH_UP_TO else 1)
        self._scale = enlarged * self._smooth
        layer_size = (size[0] * self._smooth, size[1] * self._smooth)
        self._layer = Image.new("RGBA", layer_size, (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self._layer)
        # All labels of a picture are alike: as large as its size suggests, smaller where its faces are small.
        side = median(max(face.box.width, face.box.height) for face in faces) * enlarged if faces else 0.0
        self._text = round(max(_LEAST_TEXT, min(max(size) / 70, side / 4))) * self._smooth
        self._font = ImageFont.load_default(self._text)

    def finished(self) -> Image.Image:
        """The photo with the layer on it."""
        layer = self._layer
        if self._smooth > 1:
            layer = layer.resize(self._photo.size, Image.Resampling.LANCZOS)
        return Image.alpha_composite(self._photo.convert("RGBA"), layer).convert("RGB")

    def face(self, face: Face, colour: Colour) -> None:
        """Box, points, axes and gaze of one face."""
        x0, y0, x1, y1 = self._box(face)
        side = max(x1 - x0, y1 - y0)
        width = max(2 * self._smooth, round(min(side / 60, self._text / 5)))
        self._draw.rounded_rectangle((x0, y0, x1, y1), radius=side / 20, outline=(*colour, 255), width=width)
        if side < _SMALL_FACE * self._smooth:
            return
        if isinstance(face, AnalyzedFace) and face.keypoints is not None:
            self._keypoints(face.keypoints, side, width)
        else:
            self._landmarks(face, side)

    def labels(
        self, faces: Sequence[Face], texts: Sequence[Sequence[str]], colours: Sequence[Colour]
    ) -> None:
        """Dark panels beside the boxes: of each face's texts, the wordiest that finds room without covering a face."""
        pad = self._text / 3
        wanted = [[self._extent(text, pad) for text in level] for level in zip(*texts, strict=True)]
        boxes = [self._box(face) for face in faces]
        for index, (wording, panel) in enumerate(places(boxes, wanted, self._layer.size, pad / 2)):
            colour = (*colours[index], 255)
            self._draw.rounded_rectangle(panel, pad, (16, 20, 26, 205), colour, 2 * self._smooth)
            text = texts[index][wording]
            left, top, _, _ = self._draw.multiline_textbbox((0, 0), text, self._font, spacing=pad)
            at = (panel[0] + pad - left, panel[1] + pad - top)
            self._draw.multiline_text(at, text, (255, 255, 255, 255), self._font, spacing=pad)

    def _extent(self, text: str, pad: float) -> tuple[float, float]:
        left, top, right, bottom = self._draw.multiline_textbbox((0, 0), text, self._font, spacing=pad)
        return right - left + 2 * pad, bottom - top + 2 * pad

    def _box(self, face: Face) -> tuple[float, float, float, float]:
        box = face.box
        return (
            max(0.0, box.x * self._scale),
            max(0.0, box.y * self._scale),
            min(self._layer.width - 1.0, (box.x + box.width) * self._scale),
            min(self._layer.height - 1.0, (box.y + box.height) * self._scale),
        )

    def _at(self, point: Point) -> Vector2:
        # An integer is the centre of a pixel, which the enlarged picture has half a pixel further.
        return (point.x + 0.5) * self._scale, (point.y + 0.5) * self._scale

    def _landmarks(self, face: Face, side: float) -> None:
        marks = face.landmarks
        for point in (marks.left_eye, marks.right_eye, marks.nose, marks.mouth_left, marks.mouth_right):
            self._dot(self._at(point), max(1.5 * self._smooth, side / 60), _POINT)

    def _keypoints(self, keypoints: Keypoints, side: float, width: int) -> None:
        for x, y, _ in keypoints.mesh or ():
            self._dot(self._at(Point(x=x, y=y)), max(1.2 * self._smooth, side / 180), _MESH, alpha=150)
        points = keypoints.points
        for name in FacialPoints.model_fields:
            self._dot(self._at(getattr(points, name)), max(1.5 * self._smooth, side / 90), _POINT)
        nose = self._at(points.nose_tip)
        axes = zip(head_axes(keypoints.pose), (_LEFTWARDS, _UPWARDS, _FORWARDS), strict=True)
        for axis, colour in axes:
            self._arrow(nose, axis, side * 0.35, width, colour)
        gaze = keypoints.gaze
        for eye in (points.left_eye_center, points.right_eye_center):
            opacity = round(70 + 185 * gaze.confidence)
            self._arrow(self._at(eye), gaze_ray(gaze), side * 0.8, width, _GAZE, alpha=opacity)

    def _dot(self, centre: Vector2, radius: float, colour: Colour, alpha: int = 255) -> None:
        x, y = centre
        edge = (0, 0, 0, alpha // 2)
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), (*colour, alpha), outline=edge)

    def _ring(self, centre: Vector2, radius: float, width: int, colour: tuple[int, int, int, int]) -> None:
        x, y = centre
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=width)

    def _arrow(
        self, start: Vector2, unit: Vector2, length: float, width: int, colour: Colour, alpha: int = 255
    ) -> None:
        """An arrow along a vector whose length in the picture is at most one; a ring where it points at the viewer."""
        x, y = start[0] + unit[0] * length, start[1] + unit[1] * length
        reach = ((x - start[0]) ** 2 + (y - start[1]) ** 2) ** 0.5
        head = 3.0 * width
        if reach < head:
            self._ring(start, 1.5 * width, width // 2 + 1, (*colour, alpha))
            return
        dx, dy = (x - start[0]) / reach, (y - start[1]) / reach
        base = (x - dx * head, y - dy * head)
        self._draw.line((*start, *base), (*colour, alpha), width)
        wing = head / 2
        left, right = (base[0] - dy * wing, base[1] + dx * wing), (base[0] + dy * wing, base[1] - dx * wing)
        self._draw.polygon([(x, y), left, right], (*colour, alpha))
