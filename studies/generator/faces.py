"""FairFace for the generator: aligned 64-pixel faces, frontal and upright, with their labels."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.chips import TEMPLATE, align
from contracts.detection import DetectReply
from contracts.faces import LocatedFace
from export.datasets import Archive, Row
from export.faces import detect_all, most_central
from services.detector.chipping import cut_chip
from studies.generator.networks import SIDE
from studies.generator.realism import png

WINDOW = (32, 58, 224, 250)
"""The part of the chip that is learned: brows to chin. FairFace's pictures end at the forehead, further up is border."""

# FairFace's 112 pixels show a face that fills them: at twice the size with a border, the detector misses 0.6 %.
_SCALE, _BORDER = 2, 32
_MIN_SCORE = 0.65
_MAX_RESIDUAL = 8.5  # chip pixels, root mean square: beyond lie half profiles (median of all faces: 6.0)
_MAX_ROLL = 15.0  # degrees: turned back further, the picture's corners show
_SCALES = (1.6, 2.12)  # chip pixels per picture pixel; outside are wrong detections
_BLOCK = 500  # pictures held in memory as PNG


@dataclass(frozen=True)
class FaceSet:
    """What is learned, and how much was left out."""

    faces: NDArray[np.uint8]
    """uint8 (n, 64, 64, 3), RGB."""
    rows: list[Row]
    """FairFace's labels of these faces."""
    undetected: int
    unsuited: int


def prepared(split: str, folder: Path) -> FaceSet:
    """FairFace's `train` or `dev` split, made once and kept in `folder`. Raises DatasetMissingError."""
    path = folder / f"{split}.npz"
    if not path.exists():
        made = read_faces(split)
        folder.mkdir(parents=True, exist_ok=True)
        names = list(made.rows[0])
        labels = np.array([[row[name] for name in names] for row in made.rows])
        np.savez(
            path, faces=made.faces, names=names, labels=labels, left_out=[made.undetected, made.unsuited]
        )
    with np.load(path) as kept:
        names = [str(name) for name in kept["names"]]
        rows = [dict(zip(names, map(str, line), strict=True)) for line in kept["labels"]]
        undetected, unsuited = (int(count) for count in kept["left_out"])
        return FaceSet(kept["faces"], rows, undetected, unsuited)


def read_faces(split: str) -> FaceSet:
    """FairFace's `train` or `dev` split as the generator sees it. Raises DatasetMissingError."""
    archive = Archive("fairface")
    faces, kept, undetected, unsuited = [], [], 0, 0
    for row, picture, reply in _detected(archive, archive.rows(split)):
        if not reply.faces:
            undetected += 1
            continue
        face = cut_face(picture, reply.faces[most_central(reply)])
        if face is None:
            unsuited += 1
            continue
        faces.append(face)
        kept.append(row)
    return FaceSet(np.stack(faces), kept, undetected, unsuited)


def cut_face(picture: NDArray[np.uint8], found: LocatedFace) -> NDArray[np.uint8] | None:
    """The 64-pixel face of a 112-pixel picture, found in its enlarged copy; None when it is turned away."""
    marks = found.landmarks
    template_order = (marks.right_eye, marks.left_eye, marks.nose, marks.mouth_right, marks.mouth_left)
    landmarks = [
        ((p.x - _BORDER + 0.5) / _SCALE - 0.5, (p.y - _BORDER + 0.5) / _SCALE - 0.5) for p in template_order
    ]
    transform = align(landmarks)
    errors = np.array(transform.apply(landmarks)) - np.array(TEMPLATE)
    residual = float(np.sqrt((errors**2).sum(1).mean()))
    roll = abs(float(np.degrees(np.arctan2(transform.c, transform.a))))
    if residual > _MAX_RESIDUAL or roll > _MAX_ROLL or found.score < _MIN_SCORE:
        return None
    if not _SCALES[0] < transform.scale < _SCALES[1]:
        return None
    x0, y0, x1, y1 = WINDOW
    part = cut_chip(picture, transform)[y0:y1, x0:x1]
    return np.asarray(cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _detected(archive: Archive, rows: Iterable[Row]) -> Iterator[tuple[Row, NDArray[np.uint8], DetectReply]]:
    waiting = iter(rows)
    while block := list(islice(waiting, _BLOCK)):
        pictures = [archive.picture(row["file"]) for row in block]
        replies = detect_all(_enlarged(picture) for picture in pictures)
        yield from zip(block, pictures, replies, strict=True)


def _enlarged(picture: NDArray[np.uint8]) -> bytes:
    side = picture.shape[0] * _SCALE
    large = cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC)
    return png(np.asarray(cv2.copyMakeBorder(large, *(_BORDER,) * 4, cv2.BORDER_REPLICATE), np.uint8))
