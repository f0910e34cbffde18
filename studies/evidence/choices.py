"""The measurements behind two choices: what the mesh net sees, and how the 15 points are read off the mesh.

`python -m studies.evidence.choices` prints the two tables of docs/keypoints.md.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.chips import CHIP_SIZE, Transform
from export.datasets import Archive
from export.keypoints.accuracy import PointErrors, errors
from export.keypoints.faces import Face, Finder, Picture, marked_points, read_faces
from export.keypoints.graph import MESH_POINTS, NET_SIZE, WINDOW
from export.keypoints.labels import mirror_permutation
from export.keypoints.readout import MIRRORED, NAMES, NEAREST, fit, mirror_points, nearest_matrix
from export.keypoints.source import MESH_NET, canonical_face, convert
from export.onnx_tools.sessions import Session

Points = NDArray[np.float64]
Window = tuple[float, float, float, float]

_RIGHT_LIDS = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
_LEFT_LIDS = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
_LEFT_IRIS, _RIGHT_IRIS = 473, 468
_CHIN_MARK, _CHIN = ("x8", "y8"), 152


def square(side: float, middle: float) -> Window:
    """A window of chip pixels (edges) around (128, middle)."""
    return 128 - side / 2, middle - side / 2, 128 + side / 2, middle + side / 2


def from_photo(face: Face, window: Window) -> Picture:
    """What the net would see if the chip had no border."""
    matrix = _to_net(window) @ _square(face.transform)
    return _warp(face.picture, matrix, cv2.BORDER_REPLICATE)


def from_chip(face: Face, window: Window) -> Picture:
    """What the net sees of the chip, its border repeated."""
    return _warp(face.chip, _to_net(window), cv2.BORDER_REPLICATE)


def from_chip_black(face: Face, window: Window) -> Picture:
    """What the net would see of the chip with black beyond it."""
    return _warp(face.chip, _to_net(window), cv2.BORDER_CONSTANT)


CANDIDATES: tuple[tuple[str, Callable[[Face, Window], Picture], Window], ...] = (
    ("296 px around (128, 153), from the photo", from_photo, square(296, 153)),
    ("**the same, chip's border repeated**", from_chip, WINDOW),
    ("the same, black border", from_chip_black, WINDOW),
    ("272 px around (128, 153)", from_chip, square(272, 153)),
    ("320 px around (128, 144)", from_chip, square(320, 144)),
    ("256 px around (128, 144)", from_chip, square(256, 144)),
    ("the whole chip", from_chip, (0, 0, CHIP_SIZE, CHIP_SIZE)),
    ("224 px around (128, 144)", from_chip, square(224, 144)),
)


def main() -> None:
    """Print both tables."""
    archive, finder = Archive("keypoints"), Finder()
    net = Session(convert(MESH_NET, {"Identity": "raw"}))
    rows, faces = zip(*read_faces(archive, archive.rows("dev"), finder), strict=True)
    marked = np.stack([marked_points(row, NAMES) for row in rows])
    chins = np.array([[float(row[column]) for column in _CHIN_MARK] for row in rows])
    print(
        f"{len(faces)} faces\n\n| what the net sees | NME % | 95th percentile | chin mark % |\n|---|---|---|---|"
    )
    for name, cut, window in CANDIDATES:
        meshes = in_chip(net, [cut(face, window) for face in faces], window)
        print(f"| {name} | {_window_row(meshes, list(faces), marked, chins)} |")
    print("\n| points | NME % |\n|---|---|")
    dev = in_chip(net, [from_chip(face, WINDOW) for face in faces], WINDOW)
    train_rows, train = zip(*read_faces(archive, archive.rows("train"), finder), strict=True)
    train_meshes = in_chip(net, [from_chip(face, WINDOW) for face in train], WINDOW)
    train_marked = np.stack(
        [face.to_chip(marked_points(row, NAMES)) for row, face in zip(train_rows, train, strict=True)]
    )
    for name, points in _ways(dev, train_meshes, train_marked).items():
        print(f"| {name} | {_in_picture(points, list(faces), marked).nme:.2f} |")


def in_chip(net: Session, pictures: list[Picture], window: Window) -> Points:
    """The meshes' x, y (n, 478, 2) in chip pixels from the net's pictures of a window."""
    scale = (window[2] - window[0]) / NET_SIZE
    raw = [net({"input": picture[None].astype(np.float32) / 255})["raw"] for picture in pictures]
    net_points = np.stack(raw).reshape(-1, MESH_POINTS, 3)[:, :, :2].astype(np.float64)
    return np.asarray((net_points + 0.5) * scale + window[:2] - 0.5, np.float64)


def _ways(meshes: Points, train: Points, marked: Points) -> dict[str, Points]:
    matrix = nearest_matrix(MESH_POINTS)

    def nearest(of: Points) -> Points:
        return np.asarray((of.reshape(len(of), -1) @ matrix).reshape(len(of), len(NEAREST), 2), np.float64)

    irises, lids = nearest(meshes), nearest(meshes)
    irises[:, :2] = meshes[:, [_LEFT_IRIS, _RIGHT_IRIS]]
    for eye, contour in enumerate((_LEFT_LIDS, _RIGHT_LIDS)):
        lids[:, eye] = meshes[:, list(contour)].mean(axis=1)
    offset = (marked - nearest(train)).mean(axis=0)
    offset = (offset + offset[list(MIRRORED)] * (-1, 1)) / 2
    mirror = mirror_permutation(canonical_face().points)
    both = np.concatenate([train, mirror_points(train, mirror, CHIP_SIZE)])
    marks = np.concatenate([marked, mirror_points(marked, np.array(MIRRORED), CHIP_SIZE)])
    unseen = np.zeros((len(both), 0))
    readout = fit(both, unseen, marks, np.ones(len(both)))
    return {
        "the nearest mesh points": nearest(meshes),
        "with the iris centres (473, 468) as eye centres": irises,
        "with the mean of the lids' contour as eye centres": lids,
        "nearest mesh points plus a constant offset per point, from the train part": nearest(meshes) + offset,
        "**ridge regression from all 478 points, fitted on the train part**": readout(
            meshes, unseen[: len(meshes)]
        ),
    }


def _window_row(meshes: Points, faces: list[Face], marked: Points, chins: Points) -> str:
    points = (meshes.reshape(len(meshes), -1) @ nearest_matrix(MESH_POINTS)).reshape(len(meshes), -1, 2)
    measured = _in_picture(points, faces, marked)
    width = np.linalg.norm(
        marked[:, NAMES.index("left_eye_outer_corner")] - marked[:, NAMES.index("right_eye_outer_corner")],
        axis=1,
    )
    found = np.stack(
        [face.transform.inverse().apply([mesh[_CHIN]])[0] for face, mesh in zip(faces, meshes, strict=True)]
    )
    chin = float((np.linalg.norm(found - chins, axis=1) / width).mean())
    worst = float(np.quantile(measured.normalised.mean(axis=1), 0.95))
    return f"{measured.nme:.2f} | {100 * worst:.2f} | {100 * chin:.2f}"


def _in_picture(points: Points, faces: list[Face], marked: Points) -> PointErrors:
    moved = [face.transform.inverse().apply(p.tolist()) for face, p in zip(faces, points, strict=True)]
    return errors(np.array(moved), marked)


def _to_net(window: Window) -> Points:
    """Chip pixels -> the net's, 3x3; an integer is the centre of a pixel."""
    x0, y0, x1, _ = window
    k = NET_SIZE / (x1 - x0)
    return np.array([[k, 0, (0.5 - x0) * k - 0.5], [0, k, (0.5 - y0) * k - 0.5], [0, 0, 1]])


def _square(transform: Transform) -> Points:
    return np.vstack([np.array(transform).reshape(2, 3), (0, 0, 1)])


def _warp(picture: Picture, matrix: Points, border: int) -> Picture:
    size = (NET_SIZE, NET_SIZE)
    return np.asarray(
        cv2.warpAffine(picture, matrix[:2], size, flags=cv2.INTER_LINEAR, borderMode=border), np.uint8
    )


if __name__ == "__main__":
    main()
