"""How far the mesh turns with a face: renders of many faces at known yaw, and FSA-Net's opinion of photos.

`python -m studies.evidence.yaw` prints the tables of docs/keypoints.md; the first is what `services/keypoints/pose.py` gives back.
FSA-Net (Yang et al., CVPR 2019; two small networks, MIT, trained on 300W-LP) is a check only: nothing is fitted to it.
"""

from collections import defaultdict
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.keypoints import Keypoints, to_photo
from export.datasets import Archive
from export.keypoints.faces import Analyser, Face, Finder, Picture, read_faces
from export.keypoints.source import canonical_face
from export.keypoints.synthetic import analyse, looks_ahead, picture
from export.onnx_tools.sessions import Session
from export.publish import MODELS
from export.repositories import RepositoryFile
from services.keypoints.pose import mesh_yaw

_COMMIT = "002549c9"
FSANET = tuple(
    RepositoryFile("omasaht/headpose-fsanet-pytorch", _COMMIT, f"pretrained/{name}", digest)
    for name, digest in (
        ("fsanet-1x1.onnx", "d85e90cb4b9d3a87e81bbfdcfcd130cbe0e175407042e439a570aa396c44eda6"),
        ("fsanet-var.onnx", "2877b1db98e3dc66468e90df8db4a21059facd1c3f107af91c6d4fe6476a03e1"),
    )
)
_PORTRAITS, _SEED = 18, 3
_YAWS, _PITCHES, _DISTANCES = (0, 10, 20, 30, 40, 50, 60), (-15, 0, 15), (60.0, 100.0, 200.0)
_PHOTOS = (("keypoints", 330, "HELEN"), ("lfw", 400, "LFW"), ("fairface", 400, "FairFace"))
_MARGIN = 0.4  # of the box around mesh and brows, on each side: where FSA-Net and the mesh agree best on dev
_BROWS, _SIDE = (105, 334, 66, 296, 107, 336), 64


def main() -> None:
    """Print both tables."""
    analyser, finder = Analyser(Session(MODELS / "keypoints.onnx")), Finder()
    print("| true yaw | mesh | answer | renders |\n|---|---|---|---|")
    for true, found in rendered(analyser, finder).items():
        mesh = [mesh_yaw(yaw) for yaw in found]
        print(f"| {true} | {np.median(mesh):.1f} | {np.median(found):.1f} | {len(found)} |")
    print(
        "\n| photos | angle | mean difference, mesh | answer | slope, mesh | answer | correlation |\n"
        + "|---" * 7
        + "|"
    )
    nets = [Session(file.find()) for file in FSANET]
    for name, count, title in _PHOTOS:
        archive = Archive(name)
        rows = archive.rows("dev")
        Random(_SEED).shuffle(rows)
        faces = [face for _, face in read_faces(archive, rows[:count], finder)]
        answers = analyser([face.chip for face in faces])
        photos = [to_photo(answer, face.transform) for answer, face in zip(answers, faces, strict=True)]
        second = np.array([_opinion(nets, face, photo) for face, photo in zip(faces, photos, strict=True)])
        _compare(title, photos, second)


def rendered(analyser: Analyser, finder: Finder) -> dict[int, list[float]]:
    """The answers' yaw by the true one, both sides as one, on HELEN's training faces that look ahead."""
    archive, canonical = Archive("keypoints"), canonical_face()
    rows = archive.rows("train")
    random = Random(_SEED)
    random.shuffle(rows)
    found = defaultdict(list)
    portraits = 0
    for row in rows:
        for _, face in read_faces(archive, [row], finder):
            (source,) = analyser([face.chip])
            if not looks_ahead(source):
                continue
            portraits += 1
            for yaw in (sign * size for size in _YAWS for sign in ((-1, 1) if size else (1,))):
                pose = (yaw, random.choice(_PITCHES), random.gauss(0, 8))
                answer = analyse(
                    analyser, finder, picture(face.chip, source, canonical, pose, random.choice(_DISTANCES))
                )
                if answer is not None:
                    found[abs(yaw)].append(answer.pose.yaw * (1 if yaw >= 0 else -1))
        if portraits == _PORTRAITS:
            break
    return found


def _opinion(nets: list[Session], face: Face, answer: Keypoints) -> NDArray[np.float64]:
    """FSA-Net's yaw, pitch and roll with our signs, the mean of both networks."""
    pixels = (_crop(face.picture, np.array(answer.mesh)).astype(np.float32)[:, :, ::-1] - 127.5) / 128
    batch = np.ascontiguousarray(pixels.transpose(2, 0, 1))[None]
    yaw, pitch, roll = np.mean([net({"input": batch})["output"][0] for net in nets], axis=0)
    return np.array([-yaw, pitch, roll])


def _crop(photo: Picture, mesh: NDArray[np.float64]) -> Picture:
    """The face's box with a margin, uint8 (64, 64, 3), as FSA-Net was trained on it."""
    low = np.array([mesh[:, 0].min(), mesh[list(_BROWS), 1].min()])
    size = mesh[:, :2].max(axis=0) - low
    k = _SIDE / ((1 + 2 * _MARGIN) * size)
    shift = 0.5 * k - 0.5 - k * (low - _MARGIN * size)
    matrix = np.column_stack([np.diag(k), shift])
    blur = 0.4 / float(k.max())
    smooth = cv2.GaussianBlur(photo, (0, 0), blur) if blur > 0.5 else photo  # noqa: PLR2004  # below it nothing is skipped
    return np.asarray(
        cv2.warpAffine(smooth, matrix, (_SIDE, _SIDE), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _compare(title: str, photos: list[Keypoints], second: NDArray[np.float64]) -> None:
    ours = np.array([(p.pose.yaw, p.pose.pitch, p.pose.roll) for p in photos])
    plain = ours.copy()
    plain[:, 0] = [mesh_yaw(yaw) for yaw in ours[:, 0]]
    for i, angle in enumerate(("yaw", "pitch", "roll")):
        away = [np.abs(values[:, i] - second[:, i]).mean() for values in (plain, ours)]
        slopes = [np.polyfit(second[:, i], values[:, i], 1)[0] for values in (plain, ours)]
        together = np.corrcoef(ours[:, i], second[:, i])[0, 1]
        print(
            f"| {title}, {len(ours)} | {angle} | {away[0]:.1f} | {away[1]:.1f} | {slopes[0]:.2f} | {slopes[1]:.2f} | {together:.3f} |"
        )
    for low, high in ((0, 10), (10, 20), (20, 35), (35, 90)):
        chosen = (np.abs(second[:, 0]) >= low) & (np.abs(second[:, 0]) < high)
        if chosen.sum() >= 5:  # noqa: PLR2004  # fewer say nothing
            medians = [
                np.median(values[chosen, 0] * np.sign(second[chosen, 0])) for values in (second, plain, ours)
            ]
            print(
                f"|   FSA-Net's yaw {low} to {high}, {chosen.sum()} | "
                + " | ".join(f"{m:.1f}" for m in medians)
                + " |"
            )


if __name__ == "__main__":
    main()
