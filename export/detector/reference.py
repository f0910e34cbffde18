"""The packaged CenterFace, decoded cell by cell without our graph: what parity is measured against."""

from pathlib import Path

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray

from export import golden
from export.detector.centerface import STRIDE, load
from export.onnx_tools.sessions import Session, Tensors
from export.recipe import Parity

_MIN_SCORE = 0.3
_SIDES = (128, 256, 320, 640)


def sample() -> Tensors:
    """The portrait's chip and its mirror image: one face each, small enough to be quick at start-up."""
    chip = golden.face_chip()
    return {"image": np.stack([chip, chip[:, ::-1]])}


def parity(model: onnx.ModelProto, original: Path) -> Parity:
    """Run both graphs on one portrait at four sizes and compare the best peak.

    Halved weights move a peak by hundredths of a pixel, but may swap two peaks of one face that score alike.
    """
    ours, theirs = Session(model), Session(load(original))
    largest: dict[str, float] = {}
    for side in _SIDES:
        picture = np.asarray(cv2.resize(golden.face_chip(), (side, side)), np.uint8)
        answer = ours({"image": picture[None]})
        for name, expected in decode(theirs, picture).items():
            actual = answer[name][0][0].astype(np.float64)
            difference = float(np.abs(actual - expected[0]).max())
            largest[name] = max(largest.get(name, 0.0), difference)
    described = f"the golden portrait at {', '.join(map(str, _SIDES))} px (boxes and landmarks in pixels)"
    return Parity("the packaged graph in onnxruntime, its maps decoded in numpy", described, largest)


def decode(session: Session, picture: NDArray[np.uint8]) -> dict[str, NDArray[np.float64]]:
    """Peaks above 0.3, best first, of a picture uint8 (h, w, 3): `scores`, `boxes`, `landmarks` as our graph gives them."""
    planes = picture.astype(np.float32).transpose(2, 0, 1)[None]
    heat, log_size, offset, relative = (
        value[0].astype(np.float64) for value in session({"input.1": planes}).values()
    )
    peaks = []
    for row, column in np.argwhere(heat[0] > _MIN_SCORE):
        around = heat[0, max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
        if heat[0, row, column] == around.max():
            peaks.append((heat[0, row, column], row, column))
    peaks.sort(reverse=True)
    boxes, landmarks = [], []
    for _, row, column in peaks:
        height, width = np.exp(log_size[:, row, column]) * STRIDE
        y = (row + offset[0, row, column] + 0.5) * STRIDE - height / 2
        x = (column + offset[1, row, column] + 0.5) * STRIDE - width / 2
        boxes.append((x, y, x + width, y + height))
        points = relative[:, row, column].reshape(5, 2)
        landmarks.append([(px * width + x, py * height + y) for py, px in points])
    return {
        "scores": np.array([p[0] for p in peaks]),
        "boxes": np.array(boxes),
        "landmarks": np.array(landmarks),
    }
