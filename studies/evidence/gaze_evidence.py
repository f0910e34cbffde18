"""What can be said of gaze without gaze labels: how it follows the head, how the eyes agree, how large an iris is.

`python -m studies.evidence.gaze_evidence` prints the table of docs/keypoints.md.
"""

from collections.abc import Sequence
from random import Random

import numpy as np

from export.datasets import Archive
from export.keypoints.faces import Analyser, Finder, read_faces, run
from export.keypoints.source import canonical_face
from export.onnx_tools.sessions import Session
from export.publish import MODELS
from services.keypoints.canonical import CanonicalFace
from services.keypoints.frontal import IRISES, SIDES
from services.keypoints.gaze import eye_direction
from services.keypoints.pose import FOCAL, estimate_pose
from serving.batching import Item

_SOURCES = (("keypoints", "train", "HELEN: posed portraits"), ("lfw", "dev", "LFW: people at events"))
_FACES, _SEED, _CONFIDENT = 400, 5, 0.5
_EDGES = (1, 2, 3, 4)  # an iris' centre is followed by four points of its edge


def main() -> None:
    """Print the table."""
    session, finder = Session(MODELS / "keypoints.onnx"), Finder()
    analyser, canonical = Analyser(session), _served(canonical_face().points, sorted(canonical_face().basis))
    print(
        "| faces | slope of gaze yaw on head yaw | of pitch | difference of the eyes, yaw | pitch | iris, cm |"
        "\n|---|---|---|---|---|---|"
    )
    for name, split, title in _SOURCES:
        archive = Archive(name)
        rows = archive.rows(split)
        Random(_SEED).shuffle(rows)
        chips = [face.chip for _, face in read_faces(archive, rows[:_FACES], finder)]
        outputs = list(run(session, chips))
        answers = [analyser.model.postprocess(output) for output in outputs]
        kept = [i for i, answer in enumerate(answers) if answer.gaze.confidence > _CONFIDENT]
        angles = np.array(
            [(a.pose.yaw, a.pose.pitch, a.gaze.yaw, a.gaze.pitch) for a in (answers[i] for i in kept)]
        )
        slopes = [float(np.polyfit(angles[:, i], angles[:, i + 2], 1)[0]) for i in range(2)]
        eyes = np.array([_eyes(outputs[i], canonical) for i in kept])
        apart = np.degrees(np.std(eyes[:, :2], axis=0))
        print(
            f"| {title}, {len(kept)} | {slopes[0]:.2f} | {slopes[1]:.2f} | {apart[0]:.1f} | {apart[1]:.1f} | {np.median(eyes[:, 2]):.2f} |"
        )


def _served(points: np.ndarray[tuple[int, ...], np.dtype[np.float64]], rigid: Sequence[int]) -> CanonicalFace:
    return CanonicalFace(points * (1.0, -1.0, -1.0), np.array(rigid))


def _eyes(output: Item, canonical: CanonicalFace) -> tuple[float, float, float]:
    """Left less right eye's direction (x, y, about radians), and the mean diameter of the irises in centimetres."""
    mesh = output["mesh"]
    pose = estimate_pose(mesh, canonical)
    left, right = (eye_direction(mesh, pose, side) for side in SIDES)
    radii = [
        np.linalg.norm(mesh[[IRISES[side] + k for k in _EDGES], :2] - mesh[IRISES[side], :2], axis=1).mean()
        for side in SIDES
    ]
    x, y = left - right
    return float(x), float(y), float(2 * np.mean(radii) * pose.translation[2] / FOCAL)


if __name__ == "__main__":
    main()
