"""Golden answers: a real face's inputs and the outputs that every installation must reproduce."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from contracts.chips import CHIP_SIZE, align
from export.onnx_tools.sessions import Session, Tensors
from serving.session import ModelInfo
from serving.windows import ChipWindow

# Rear Admiral Grace Hopper, US Navy portrait (public domain), part of matplotlib's sample data. The landmarks are
# CenterFace's on the 512x600 picture: image-left eye, image-right eye, nose, image-left and -right mouth corner.
_PORTRAIT = "grace_hopper.jpg"
_LANDMARKS = ((219.98, 200.81), (302.66, 193.32), (264.47, 240.37), (231.89, 283.25), (300.60, 276.93))

_STAMP = (1980, 1, 1, 0, 0, 0)  # a zip carries time stamps: a fixed one makes equal answers equal files


def face_chip() -> NDArray[np.uint8]:
    """The chip of a public-domain portrait, uint8 (256, 256, 3) RGB."""
    with Image.open(Path(mpl.get_data_path()) / "sample_data" / _PORTRAIT) as picture:
        portrait = np.asarray(picture.convert("RGB"))
    matrix = np.asarray(align(_LANDMARKS)).reshape(2, 3)
    chip = cv2.warpAffine(portrait, matrix, (CHIP_SIZE, CHIP_SIZE), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(chip, np.uint8)


def write(path: Path, session: Session, inputs: Tensors) -> None:
    """Store `in.<name>` and `out.<name>`, batch axis first."""
    outputs = session(inputs)
    arrays = {f"in.{name}": value for name, value in inputs.items()}
    arrays |= {f"out.{name}": value for name, value in outputs.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in sorted(arrays.items()):
            buffer = io.BytesIO()
            np.save(buffer, value, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _STAMP), buffer.getvalue(), zipfile.ZIP_DEFLATED)


def sample_window(window: Sequence[int], size: tuple[int, int]) -> Tensors:
    """The golden input of a chip model: `image`, uint8 (2, height, width, 3), the portrait's window and its mirror."""
    x0, y0, x1, y1 = window
    info = ModelInfo("golden", "golden", "0", "", window=(x0, y0, x1, y1), size=size)
    image = ChipWindow(info).cut(face_chip())
    return {"image": np.stack([image, image[:, ::-1]])}
