"""Head pose on pictures whose pose is known: a photographed face on the canonical mesh, rendered at given angles."""

import itertools

import numpy as np
from numpy.typing import NDArray

from contracts.keypoints import Keypoints, to_photo
from export.golden import face_chip
from export.keypoints.faces import Analyser, Finder, Picture
from export.keypoints.render import project, render
from export.keypoints.source import CanonicalFace
from services.keypoints.pose import from_angles

_SIZE = 400
_DISTANCES = (60.0, 150.0)  # cm: a selfie, a portrait
_PIXELS_PER_CM = 14.0
_ROLL = 10.0
_YAWS, _PITCHES = (-45, -30, -15, 0, 15, 30, 45), (-20, 0, 20)
_BACKGROUND = (206, 198, 196)


def measure_pose(
    analyser: Analyser, finder: Finder, canonical: CanonicalFace
) -> tuple[dict[str, float], str]:
    """Metrics and a Markdown table of errors in degrees, by the true yaw."""
    portrait = face_chip()
    (source,) = analyser([portrait])
    truth, found = [], []
    for yaw, pitch, distance in itertools.product(_YAWS, _PITCHES, _DISTANCES):
        answer = _analyse(
            analyser, finder, _picture(portrait, source, canonical, (yaw, pitch, _ROLL), distance)
        )
        if answer is not None:
            truth.append((yaw, pitch, _ROLL))
            found.append((answer.pose.yaw, answer.pose.pitch, answer.pose.roll))
    expected, errors = np.array(truth), np.abs(np.array(found) - np.array(truth))
    frontal = np.abs(expected[:, 0]) <= 30  # noqa: PLR2004  # as the table says
    mean = errors[frontal].mean(axis=0)
    metrics = {
        f"synthetic_{name}_error_degrees": round(float(value), 2)
        for name, value in zip(("yaw", "pitch", "roll"), mean, strict=True)
    }
    return metrics, _table(expected, errors, len(_YAWS) * len(_PITCHES) * len(_DISTANCES))


def _picture(
    portrait: Picture,
    source: Keypoints,
    canonical: CanonicalFace,
    pose: tuple[float, float, float],
    distance: float,
) -> Picture:
    vertices = canonical.points * (1.0, -1.0, -1.0)
    texture = np.array(source.mesh)[: len(vertices), :2]
    projected = project(vertices, from_angles(*pose), distance, _PIXELS_PER_CM * distance, _SIZE)
    background = np.full((_SIZE, _SIZE, 3), _BACKGROUND, np.uint8)
    return render(portrait, texture, projected, canonical.triangles, background)


def _analyse(analyser: Analyser, finder: Finder, picture: Picture) -> Keypoints | None:
    face = finder(picture)
    if face is None:
        return None
    (answer,) = analyser([face.chip])
    return to_photo(answer, face.transform)


def _table(expected: NDArray[np.float64], errors: NDArray[np.float64], rendered: int) -> str:
    lines = [
        f"### Head pose: {len(errors)} of {rendered} rendered pictures were found",
        "",
        f"The golden portrait's face on the canonical mesh, pitch {', '.join(map(str, _PITCHES))}, roll {_ROLL:.0f}, camera at",
        f"{_DISTANCES[0]:.0f} and {_DISTANCES[1]:.0f} cm. Mean absolute error in degrees.",
        "",
        "| true yaw | yaw | pitch | roll |",
        "|---|---|---|---|",
    ]
    for yaw in _YAWS:
        rows = errors[expected[:, 0] == yaw]
        if len(rows):
            lines.append(f"| {yaw} | " + " | ".join(f"{value:.1f}" for value in rows.mean(axis=0)) + " |")
    return "\n".join(lines)
