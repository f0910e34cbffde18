"""Faces as SVG over their picture, in its pixels: boxes, landmarks, points, mesh, head axes, gaze.

Widths are multiples of the CSS variable --hf-stroke, which the picture view keeps constant on the screen.
"""

from collections.abc import Iterable, Sequence
from html import escape

from contracts.faces import Box, Face, Point
from contracts.keypoints import FacialPoints, Keypoints
from hexaface.drawing.head_axes import gaze_ray, head_axes

# Light colours that stay apart for every kind of colour vision; each line has a dark edge against light skin and sky.
_PALETTE = ("#ffb000", "#56c8ff", "#ff8ad8", "#8ff0a4", "#d7c3ff", "#ff9d66")
_AXES = ("#ff6b6b", "#69e08a", "#6aa8ff")  # to the subject's left, up, out of the face
_GAZE = "#ffe14d"


def faces(found: Sequence[Face], notes: Sequence[str] = ()) -> str:
    """Each face's box with its number, and its five landmarks; `notes` are added to what hovering says."""
    return "".join(
        _face(face, index, notes[index] if index < len(notes) else "") for index, face in enumerate(found)
    )


def colour(index: int) -> str:
    """The colour of a face by its place in the answer."""
    return _PALETTE[index % len(_PALETTE)]


def _face(face: Face, index: int, note: str) -> str:
    box, marks = face.box, face.landmarks
    tip = f"Face {index + 1}: score {face.score:.2f}, {box.width:.0f} x {box.height:.0f} pixels"
    tip = escape(f"{tip}\n{note}" if note else tip)
    points = (marks.left_eye, marks.right_eye, marks.nose, marks.mouth_left, marks.mouth_right)
    return (
        f'<g tabindex="0" role="img" aria-label="{tip}" data-tip="{tip}">{_rectangle(box, colour(index))}'
        f"{_dots(points, colour(index), 1.3)}{_number(box, index)}</g>"
    )


def _rectangle(box: Box, stroke: str) -> str:
    place = f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"'
    return (
        f'<rect {place} fill="transparent" stroke="#10121a" stroke-opacity="0.55" style="{_width(2)}"/>'
        f'<rect {place} fill="none" stroke="{stroke}" style="{_width(1)}"/>'
    )


def _number(box: Box, index: int) -> str:
    size = "font-size:calc(var(--hf-stroke)*7)"
    return (
        f'<text x="{box.x:.1f}" y="{box.y:.1f}" dx="0.2em" dy="1em" fill="{colour(index)}" stroke="#10121a" '
        f'paint-order="stroke" font-family="system-ui, sans-serif" font-weight="700" style="{size};{_width(1.6)}">{index + 1}</text>'
    )


def points(keypoints: FacialPoints) -> str:
    """The 15 named points; each says its name."""
    marks = []
    for name in FacialPoints.model_fields:
        point: Point = getattr(keypoints, name)
        tip = name.replace("_", " ")
        marks.append(f'<g data-tip="{tip}">{_dots([point], "#ffffff", 1.6)}</g>')
    return "".join(marks)


def mesh(keypoints: Keypoints) -> str:
    """The 478 mesh points, when the answer has them."""
    return _dots((Point(x=x, y=y) for x, y, _ in keypoints.mesh or ()), "#78e6ff", 0.55, edge=False)


def head(keypoints: Keypoints, box: Box) -> str:
    """The head's axes at the nose and the gaze from both eyes."""
    nose, length = keypoints.points.nose_tip, 0.45 * box.width
    lines = [
        _line(nose, (x * length, y * length), stroke)
        for (x, y), stroke in zip(head_axes(keypoints.pose), _AXES, strict=True)
    ]
    x, y = gaze_ray(keypoints.gaze)
    ray = (x * length * 1.6, y * length * 1.6)
    eyes = (keypoints.points.left_eye_center, keypoints.points.right_eye_center)
    return "".join([*lines, *(_line(eye, ray, _GAZE) for eye in eyes)])


def _line(start: Point, way: tuple[float, float], stroke: str) -> str:
    place = f'x1="{start.x:.1f}" y1="{start.y:.1f}" x2="{start.x + way[0]:.1f}" y2="{start.y + way[1]:.1f}"'
    return (
        f'<line {place} stroke="#10121a" stroke-opacity="0.6" stroke-linecap="round" style="{_width(2.4)}"/>'
        f'<line {place} stroke="{stroke}" stroke-linecap="round" style="{_width(1.5)}"/>'
    )


def _dots(places: Iterable[Point], fill: str, radius: float, *, edge: bool = True) -> str:
    stroke = f'stroke="#10121a" stroke-opacity="0.7" style="r:calc(var(--hf-stroke)*{radius});{_width(0.5)}"'
    plain = f'style="r:calc(var(--hf-stroke)*{radius})"'
    look = f'fill="{fill}" {stroke if edge else plain}'
    return "".join(f'<circle cx="{point.x:.1f}" cy="{point.y:.1f}" {look}/>' for point in places)


def _width(times: float) -> str:
    return f"stroke-width:calc(var(--hf-stroke)*{times})"
