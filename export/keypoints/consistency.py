"""The same face mirrored, rolled and scaled: do the answers follow?"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.chips import Transform
from contracts.faces import Point
from contracts.keypoints import FacialPoints, Keypoints, to_photo
from export.datasets import Archive
from export.keypoints.faces import Analyser, Face, Finder, Picture, read_faces
from export.keypoints.readout import MIRRORED

_FACES = 150
_CAMERA_ROLLS = (-30.0, 30.0)
_SCALES = (0.5, 2.0)
_OUTER_CORNERS = ("left_eye_outer_corner", "right_eye_outer_corner")


@dataclass(frozen=True)
class Change:
    """A change of a picture, and what it should do to an answer in the picture's frame."""

    name: str
    picture: Callable[[Picture], Picture]
    answer: Callable[[Keypoints, Picture], Keypoints]


def mirror_answer(answer: Keypoints, width: int) -> Keypoints:
    """What a picture's mirror image should give: x flipped, sides swapped, yaw and roll of the other sign."""
    names = list(FacialPoints.model_fields)
    flipped = [p.model_copy(update={"x": width - 1 - p.x}) for p in _points(answer)]
    units = {
        name: unit.model_copy(update={"left": unit.right, "right": unit.left})
        for name, unit in answer.action_units.items()
    }
    pose, gaze = answer.pose, answer.gaze
    return answer.model_copy(
        update={
            "points": FacialPoints(**{name: flipped[i] for name, i in zip(names, MIRRORED, strict=True)}),
            "action_units": units,
            "pose": pose.model_copy(update={"yaw": -pose.yaw, "roll": -pose.roll}),
            "gaze": gaze.model_copy(update={"yaw": -gaze.yaw, "head_yaw": -gaze.head_yaw}),
        }
    )


def measure_consistency(analyser: Analyser, finder: Finder) -> tuple[dict[str, float], str]:
    """Metrics and a Markdown table over faces of HELEN's test part, each picture found anew after the change."""
    archive = Archive("keypoints")
    found = [face for _, face in read_faces(archive, archive.rows("dev")[:_FACES], finder)]
    before = _answers(analyser, found)
    lines = [
        f"### Consistency: {len(found)} faces of HELEN's test part, detected again after each change",
        "",
        "Median difference to what the change should give (95th percentile in brackets). Points in % of the distance between the",
        "outer eye corners, angles in degrees, action units on their 0..1 scale (mean over all units and sides).",
        "",
        "| change | points | pose yaw | pitch | roll | gaze yaw | gaze pitch | action units |",
        "|---|---|---|---|---|---|---|---|",
    ]
    metrics = {}
    for change in _CHANGES:
        kept, faces = [], []
        for answer, face in zip(before, found, strict=True):
            again = finder(change.picture(face.picture))
            if again is not None:
                kept.append(change.answer(answer, face.picture))
                faces.append(again)
        differences = np.array(
            [_difference(a, b) for a, b in zip(kept, _answers(analyser, faces), strict=True)]
        )
        cells = zip(np.median(differences, axis=0), np.quantile(differences, 0.95, axis=0), strict=True)
        lines.append(f"| {change.name} | " + " | ".join(f"{m:.2f} ({q:.2f})" for m, q in cells) + " |")
        if change.name == "mirrored":
            metrics["mirror_points_percent"] = round(float(np.median(differences[:, 0])), 3)
            metrics["mirror_pose_yaw_degrees"] = round(float(np.median(differences[:, 1])), 3)
            metrics["mirror_action_units"] = round(float(np.median(differences[:, -1])), 4)
    return metrics, "\n".join(lines)


def _mirrored() -> Change:
    return Change(
        "mirrored",
        lambda picture: np.ascontiguousarray(picture[:, ::-1]),
        lambda answer, picture: mirror_answer(answer, picture.shape[1]),
    )


def _rolled(degrees: float) -> Change:
    """Turned clockwise about the picture's middle, its border repeated."""

    def matrix(picture: Picture) -> NDArray[np.float64]:
        height, width = picture.shape[:2]
        turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0)
        return np.asarray(turn, np.float64)

    def turned(picture: Picture) -> Picture:
        size = (picture.shape[1], picture.shape[0])
        return np.asarray(
            cv2.warpAffine(picture, matrix(picture), size, borderMode=cv2.BORDER_REPLICATE), np.uint8
        )

    def moved(answer: Keypoints, picture: Picture) -> Keypoints:
        return to_photo(answer, Transform(*matrix(picture).ravel().tolist()).inverse())

    return Change(f"rolled {degrees:+.0f} degrees", turned, moved)


def _scaled(factor: float) -> Change:
    shift = factor / 2 - 0.5  # an integer is the centre of a pixel
    grown = Transform(factor, 0.0, shift, 0.0, factor, shift)
    return Change(
        f"scaled {factor:g} times",
        lambda picture: np.asarray(
            cv2.resize(
                picture,
                None,
                fx=factor,
                fy=factor,
                interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC,
            ),
            np.uint8,
        ),
        lambda answer, _: to_photo(answer, grown.inverse()),
    )


_CHANGES = (_mirrored(), *(_rolled(d) for d in _CAMERA_ROLLS), *(_scaled(f) for f in _SCALES))


def _answers(analyser: Analyser, faces: list[Face]) -> list[Keypoints]:
    answers = analyser([face.chip for face in faces])
    return [to_photo(answer, face.transform) for answer, face in zip(answers, faces, strict=True)]


def _points(answer: Keypoints) -> list[Point]:
    return [getattr(answer.points, name) for name in FacialPoints.model_fields]


def _difference(expected: Keypoints, actual: Keypoints) -> list[float]:
    a, b = (np.array([(p.x, p.y) for p in _points(answer)]) for answer in (expected, actual))
    outer = [list(FacialPoints.model_fields).index(name) for name in _OUTER_CORNERS]
    width = float(np.linalg.norm(a[outer[0]] - a[outer[1]]))
    sides = np.array([_sides(answer) for answer in (expected, actual)])
    return [
        100 * float(np.linalg.norm(a - b, axis=1).mean()) / width,
        abs(expected.pose.yaw - actual.pose.yaw),
        abs(expected.pose.pitch - actual.pose.pitch),
        abs((expected.pose.roll - actual.pose.roll + 180) % 360 - 180),
        abs(expected.gaze.yaw - actual.gaze.yaw),
        abs(expected.gaze.pitch - actual.gaze.pitch),
        float(np.abs(sides[0] - sides[1]).mean()),
    ]


def _sides(answer: Keypoints) -> list[float]:
    units = answer.action_units.values()
    return [
        side
        for u in units
        for side in ((u.left, u.right) if u.left is not None and u.right is not None else (u.intensity,))
    ]
