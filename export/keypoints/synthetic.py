"""Head pose on pictures whose pose is known: a photographed face on the canonical mesh, rendered at given angles."""

import itertools

import numpy as np
from numpy.typing import NDArray

from contracts.keypoints import Keypoints, to_photo
from export.datasets import Archive
from export.golden import face_chip
from export.keypoints.faces import Analyser, Finder, Picture, read_faces
from export.keypoints.render import project, render
from export.keypoints.source import CanonicalFace
from services.keypoints.pose import from_angles

_SIZE = 400
_DISTANCES = (60.0, 150.0)  # cm: a selfie, a portrait
_PIXELS_PER_CM = 14.0
_ROLL = 10.0
_YAWS, _PITCHES = (-45, -30, -15, 0, 15, 30, 45), (-20, 0, 20)
_AHEAD = (6.0, 12.0)  # degrees of yaw and pitch
_CANDIDATES, _PORTRAITS = 30, 7
_BACKGROUND = (206, 198, 196)


def measure_pose(
    analyser: Analyser, finder: Finder, canonical: CanonicalFace
) -> tuple[dict[str, float], str]:
    """Metrics and a Markdown table of errors in degrees, by the true yaw."""
    truth, found, rendered = [], [], 0
    distances = itertools.cycle(_DISTANCES)
    for portrait, source in _portraits(analyser, finder):
        for yaw, pitch in itertools.product(_YAWS, _PITCHES):
            pose = (yaw, pitch, _ROLL)
            drawn = picture(portrait, source, canonical, pose, next(distances))
            answer = analyse(analyser, finder, drawn)
            rendered += 1
            if answer is not None:
                truth.append(pose)
                found.append((answer.pose.yaw, answer.pose.pitch, answer.pose.roll))
    expected, errors = np.array(truth), np.abs(np.array(found) - np.array(truth))
    frontal = np.abs(expected[:, 0]) <= 30  # noqa: PLR2004  # as the table says
    mean = errors[frontal].mean(axis=0)
    metrics = {
        f"synthetic_{name}_error_degrees": round(float(value), 2)
        for name, value in zip(("yaw", "pitch", "roll"), mean, strict=True)
    }
    return metrics, _table(expected, errors, rendered)


def looks_ahead(answer: Keypoints) -> bool:
    """Whether a face is seen so far from the front that its picture can be laid on a mesh."""
    return abs(answer.pose.yaw) < _AHEAD[0] and abs(answer.pose.pitch) < _AHEAD[1]


def _portraits(analyser: Analyser, finder: Finder) -> list[tuple[Picture, Keypoints]]:
    """The golden portrait and faces of HELEN's test part, with their answers."""
    archive = Archive("keypoints")
    chips = [
        face_chip(),
        *(face.chip for _, face in read_faces(archive, archive.rows("dev")[:_CANDIDATES], finder)),
    ]
    pairs = zip(chips, analyser(chips), strict=True)
    return [(chip, answer) for chip, answer in pairs if looks_ahead(answer)][:_PORTRAITS]


def picture(
    portrait: Picture,
    source: Keypoints,
    canonical: CanonicalFace,
    pose: tuple[float, float, float],
    distance: float,
) -> Picture:
    """A chip's face, whose answer is `source`, on the canonical mesh at a pose in degrees, `distance` cm away."""
    vertices = canonical.points * (1.0, -1.0, -1.0)
    texture = np.array(source.mesh)[: len(vertices), :2]
    projected = project(vertices, from_angles(*pose), distance, _PIXELS_PER_CM * distance, _SIZE)
    background = np.full((_SIZE, _SIZE, 3), _BACKGROUND, np.uint8)
    return render(portrait, texture, projected, canonical.triangles, background)


def analyse(analyser: Analyser, finder: Finder, picture: Picture) -> Keypoints | None:
    """The answer in the picture's frame, or None without a face."""
    face = finder(picture)
    if face is None:
        return None
    (answer,) = analyser([face.chip])
    return to_photo(answer, face.transform)


def _table(expected: NDArray[np.float64], errors: NDArray[np.float64], rendered: int) -> str:
    lines = [
        f"### Head pose: {len(errors)} of {rendered} rendered pictures were found",
        "",
        f"The golden portrait and faces of HELEN's test part on the canonical mesh, {_PORTRAITS} in all, pitch {', '.join(map(str, _PITCHES))}, roll {_ROLL:.0f}, camera at",
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
