"""What the package facenet-pytorch itself answered on two sample photos: what parity is measured against.

Noted on 2026-11-23 from `detect_face` of facenet-pytorch 2.6.0 under torch 2.13, minimum face 20 px, thresholds .6, .7,
.7, factor .709. Its pixels count from 1.
"""

from pathlib import Path

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray

from export.onnx_tools.sessions import Session
from export.recipe import Parity

_SAMPLES = Path(__file__).resolve().parents[2] / "samples"

ANSWERS = {
    "astronaut": (
        (180.0, 59.7, 268.8, 173.3),
        ((205.1, 101.1), (248.0, 103.5), (224.9, 129.2), (202.1, 139.8), (245.9, 142.5)),
    ),
    "grace_hopper": (
        (174.3, 119.6, 355.8, 340.7),
        ((221.7, 192.2), (309.9, 186.2), (269.3, 239.3), (232.6, 279.8), (306.7, 276.1)),
    ),
}


def sample() -> dict[str, NDArray[np.uint8]]:
    """One photo at the size that the answers are for, batch axis first."""
    return {"image": _read("astronaut")[None]}


def parity(model: onnx.ModelProto) -> Parity:
    """The best face of each photo: box and landmarks."""
    session = Session(model)
    largest = {"boxes": 0.0, "landmarks": 0.0}
    for name, (box, points) in ANSWERS.items():
        answer = session({"image": _read(name)[None]})
        for output, expected in (("boxes", box), ("landmarks", points)):
            difference = float(np.abs(answer[output][0][0].astype(np.float64) - np.array(expected)).max())
            largest[output] = max(largest[output], difference)
    described = (
        "the photos astronaut and grace_hopper, faces of 114 and 221 px (in pixels; the package averages areas where"
        " the graph interpolates, and counts pixels from 1)"
    )
    return Parity("facenet-pytorch 2.6.0 under torch 2.13", described, largest)


def _read(name: str) -> NDArray[np.uint8]:
    pixels = cv2.imread(str(_SAMPLES / f"{name}.jpg"), cv2.IMREAD_COLOR)
    if pixels is None:
        raise FileNotFoundError(f"samples/{name}.jpg")
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)
