"""The published YuNet, decoded cell by cell without our graph: what parity is measured against."""

from pathlib import Path

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray

from export import golden
from export.detector.yunet import STRIDES, load
from export.onnx_tools.sessions import Session
from export.recipe import Parity

_BEST = 20
_SIDES = (128, 256, 320, 640)


def parity(model: onnx.ModelProto, original: Path) -> Parity:
    """Run both graphs on one portrait at four sizes and compare the best twenty cells."""
    ours, theirs = Session(model), Session(load(original))
    largest: dict[str, float] = {}
    for side in _SIDES:
        picture = np.asarray(cv2.resize(golden.face_chip(), (side, side)), np.uint8)
        answer = ours({"image": picture[None]})
        count = min(_BEST, int(np.count_nonzero(answer["scores"][0])))
        for name, expected in decode(theirs, picture).items():
            actual = answer[name][0][:count].astype(np.float64)
            largest[name] = max(largest.get(name, 0.0), float(np.abs(actual - expected[:count]).max()))
    described = f"the golden portrait at {', '.join(map(str, _SIDES))} px (boxes and landmarks in pixels)"
    return Parity("the published graph in onnxruntime, its cells decoded in numpy", described, largest)


def decode(session: Session, picture: NDArray[np.uint8]) -> dict[str, NDArray[np.float64]]:
    """Every cell, best first, of a picture uint8 (h, w, 3): `scores`, `boxes`, `landmarks` as our graph gives them."""
    planes = np.ascontiguousarray(picture[:, :, ::-1].astype(np.float32).transpose(2, 0, 1)[None])
    answer = {name: value[0].astype(np.float64) for name, value in session({"input": planes}).items()}
    scores, boxes, landmarks = [], [], []
    for stride in STRIDES:
        rows, columns = picture.shape[0] // stride, picture.shape[1] // stride
        corner = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2) * stride
        box, points = answer[f"bbox_{stride}"], answer[f"kps_{stride}"].reshape(-1, 5, 2)
        centre, half = corner + box[:, :2] * stride, np.exp(box[:, 2:]) * stride / 2
        scores.append(np.sqrt(answer[f"cls_{stride}"] * answer[f"obj_{stride}"])[:, 0])
        boxes.append(np.concatenate([centre - half, centre + half], axis=1))
        landmarks.append(corner[:, None] + points * stride)
    order = np.argsort(-np.concatenate(scores), kind="stable")
    return {
        "scores": np.concatenate(scores)[order],
        "boxes": np.concatenate(boxes)[order],
        "landmarks": np.concatenate(landmarks)[order],
    }
