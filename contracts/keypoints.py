"""Messages of the keypoints service, and the way of an answer from the chip's frame to the photo's.

Frames: pixels have x to the right and y down. The camera frame adds z away from the camera (OpenCV's). Angles are
degrees: yaw is positive towards the subject's own left (the right of the picture), pitch upwards, roll clockwise in
the picture. A direction with yaw Y and pitch P is (sin Y cos P, -sin P, -cos Y cos P); a head with yaw, pitch and
roll is the rotation Rz(roll) Ry(-yaw) Rx(-pitch), so roll is a plain turn of the picture.
"""

from math import asin, atan2, cos, degrees, hypot, radians, sin

from pydantic import Field

from contracts.action_units import ActionUnit
from contracts.analysis import ChipsRequest
from contracts.chips import Transform
from contracts.faces import Point
from contracts.message import Message
from contracts.models import ModelRef

Point3 = tuple[float, float, float]

# Thousandths of a pixel: far below what the mesh resolves, and a third of the digits.
_DIGITS = 3


class FacialPoints(Message):
    """The 15 points of Kaggle's Facial Keypoints Detection; left and right are the subject's own."""

    left_eye_center: Point
    """Centre of the subject's left eye."""
    right_eye_center: Point
    """Centre of the subject's right eye."""
    left_eye_inner_corner: Point
    """Inner corner of the subject's left eye."""
    left_eye_outer_corner: Point
    """Outer corner of the subject's left eye."""
    right_eye_inner_corner: Point
    """Inner corner of the subject's right eye."""
    right_eye_outer_corner: Point
    """Outer corner of the subject's right eye."""
    left_eyebrow_inner_end: Point
    """Inner end of the subject's left brow."""
    left_eyebrow_outer_end: Point
    """Outer end of the subject's left brow."""
    right_eyebrow_inner_end: Point
    """Inner end of the subject's right brow."""
    right_eyebrow_outer_end: Point
    """Outer end of the subject's right brow."""
    nose_tip: Point
    """Tip of the nose."""
    mouth_left_corner: Point
    """The subject's left corner of the mouth."""
    mouth_right_corner: Point
    """The subject's right corner of the mouth."""
    mouth_center_top_lip: Point
    """Middle of the upper lip."""
    mouth_center_bottom_lip: Point
    """Middle of the lower lip."""


class Pose(Message):
    """The head's turn against the camera, degrees; all are 0 when the face looks straight into the camera."""

    yaw: float = Field(description="positive: turned to the subject's own left")
    pitch: float = Field(description="positive: looks up")
    roll: float = Field(description="positive: turned clockwise in the picture")


class Gaze(Message):
    """Where the eyes look, both together, degrees. Yaw is positive to the subject's own left, pitch upwards."""

    yaw: float = Field(description="against the camera: 0 when the eyes look into it")
    pitch: float = Field(description="against the camera")
    head_yaw: float = Field(description="against the head: 0 when the eyes look straight ahead")
    head_pitch: float = Field(description="against the head")
    confidence: float = Field(
        ge=0, le=1, description="falls with closing eyes and with a head turned far away"
    )


class Keypoints(Message):
    """One face's keypoints and what follows from them, in pixels of the chip or (public) of the upright photo."""

    points: FacialPoints
    """The 15 named points."""
    action_units: dict[str, ActionUnit] = Field(description="AU1 to AU43 by FACS number")
    pose: Pose
    """The head's turn."""
    gaze: Gaze
    """Where the eyes look."""
    presence: float = Field(ge=0, le=1, description="probability that the mesh lies on a face")
    confidence: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="probability that the points' mean error is below 8 % of the distance between the outer eye corners; "
        "null where the model does not know",
    )
    mesh: list[Point3] | None = Field(
        default=None, description="478 points (x, y, z), MediaPipe's order; z on x's scale, smaller is nearer"
    )
    blendshapes: dict[str, float] | None = Field(default=None, description="52 scores by their ARKit names")


class KeypointsRequest(ChipsRequest):
    """Chips to find keypoints in, and which of the large parts of the answer are wanted."""

    mesh: bool = False
    blendshapes: bool = False
    neutral: dict[str, ActionUnit] | None = Field(
        default=None,
        description="action units of the resting face of the one person on all chips, to be taken out",
    )


class KeypointsReply(Message):
    """One answer per chip, in order, in pixels of the chip."""

    faces: list[Keypoints]
    model: ModelRef


def to_photo(keypoints: Keypoints, transform: Transform) -> Keypoints:
    """An answer in the chip's frame -> the same in the frame of the photo that `transform` leads from.

    Points go back through the inverse; the mesh's z by the inverse scale; roll and gaze by the chip's rotation.
    Yaw and pitch of the head, the gaze against the head and the action units do not depend on the frame.
    Raises ValueError when the transform has no inverse.
    """
    back = transform.inverse()
    turn = degrees(atan2(back.c, back.a))
    mesh = keypoints.mesh
    return keypoints.model_copy(
        update={
            "points": _map_points(keypoints.points, back),
            "mesh": None if mesh is None else _map_mesh(mesh, back),
            "pose": keypoints.pose.model_copy(update={"roll": _half_turn(keypoints.pose.roll + turn)}),
            "gaze": _turn_gaze(keypoints.gaze, turn),
        }
    )


def _map_points(points: FacialPoints, back: Transform) -> FacialPoints:
    names = list(FacialPoints.model_fields)
    mapped = back.apply([(getattr(points, name).x, getattr(points, name).y) for name in names])
    return FacialPoints(
        **{
            name: Point(x=round(x, _DIGITS), y=round(y, _DIGITS))
            for name, (x, y) in zip(names, mapped, strict=True)
        }
    )


def _map_mesh(mesh: list[Point3], back: Transform) -> list[Point3]:
    scale = back.scale
    moved = zip(back.apply(mesh), mesh, strict=True)
    return [(round(x, _DIGITS), round(y, _DIGITS), round(z * scale, _DIGITS)) for (x, y), (_, _, z) in moved]


def direction(yaw: float, pitch: float) -> Point3:
    """The unit vector of a direction given in degrees, camera frame."""
    y, p = radians(yaw), radians(pitch)
    return sin(y) * cos(p), -sin(p), -cos(y) * cos(p)


def angles(x: float, y: float, z: float) -> tuple[float, float]:
    """Yaw and pitch in degrees of a direction in the camera frame; the inverse of `direction`."""
    length = hypot(x, y, z)
    return degrees(atan2(x, -z)), degrees(asin(max(-1.0, min(1.0, -y / length))))


def _turn_gaze(gaze: Gaze, turn: float) -> Gaze:
    x, y, z = direction(gaze.yaw, gaze.pitch)
    c, s = cos(radians(turn)), sin(radians(turn))
    yaw, pitch = angles(c * x - s * y, s * x + c * y, z)
    return gaze.model_copy(update={"yaw": yaw, "pitch": pitch})


def _half_turn(angle: float) -> float:
    """The same angle in (-180, 180]."""
    return 180.0 - (180.0 - angle) % 360.0
