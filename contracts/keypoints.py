"""Messages of the keypoints service: chips -> named points, mesh, expression; and their way back to the photo."""

from pydantic import Field

from contracts.analysis import ChipsRequest
from contracts.chips import Transform
from contracts.faces import Point
from contracts.message import Message
from contracts.models import ModelRef

Point3 = tuple[float, float, float]


class KeypointsRequest(ChipsRequest):
    """Chips, and how much to say of each."""

    mesh: bool = False
    blendshapes: bool = False


class Keypoints(Message):
    """The points of one face. Left and right are the subject's own."""

    points: dict[str, Point] = Field(description="the 15 points of the Kaggle facial-keypoints data, by name")
    mesh: list[Point3] | None = Field(
        default=None, description="478 points x, y, z; z on the scale of x, towards the camera negative"
    )
    blendshapes: dict[str, float] | None = Field(default=None, description="52 ARKit blendshapes, 0..1")


class KeypointsReply(Message):
    """One answer per chip, in order, in chip pixels."""

    faces: list[Keypoints]
    model: ModelRef


def to_photo(keypoints: Keypoints, transform: Transform) -> Keypoints:
    """A chip's answer in pixels of the photo; `transform` leads from the photo to the chip."""
    back = transform.inverse()
    names, points = list(keypoints.points), list(keypoints.points.values())
    moved = back.apply([(p.x, p.y) for p in points])
    mesh = keypoints.mesh
    if mesh is not None:
        mesh = [(x, y, z * back.scale) for (x, y), (_, _, z) in zip(back.apply(mesh), mesh, strict=True)]
    return keypoints.model_copy(
        update={
            "points": {name: Point(x=x, y=y) for name, (x, y) in zip(names, moved, strict=True)},
            "mesh": mesh,
        }
    )
