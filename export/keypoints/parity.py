"""The fused graph against Google's two TFLite nets in LiteRT."""

import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from export.golden import face_chip
from export.keypoints.graph import MESH_POINTS, NET_SIZE, WINDOW, window_graph
from export.keypoints.labels import BLENDSHAPE_INPUTS, BLENDSHAPES
from export.keypoints.source import BLENDSHAPES_NET, BUNDLE, MESH_NET
from export.onnx_tools.litert import run_tflite
from export.onnx_tools.sessions import Session
from export.recipe import Parity


def compare(model: onnx.ModelProto) -> Parity:
    """Both on the same windows of the same chips; the reference's mesh is brought to chip pixels."""
    chips = np.stack([face_chip(), face_chip()[:, ::-1]])
    found = Session(model)({"image": chips})
    window = Session(window_graph())({"image": chips})["window"]
    with zipfile.ZipFile(BUNDLE.fetch()) as bundle, tempfile.TemporaryDirectory() as scratch:
        answers = run_tflite(Path(bundle.extract(MESH_NET, scratch)), window)
        mesh = _chip_pixels(answers["Identity"])
        shapes_net = Path(bundle.extract(BLENDSHAPES_NET, scratch))
        (shapes,) = run_tflite(shapes_net, mesh[:, list(BLENDSHAPE_INPUTS), :2]).values()
    presence = 1.0 / (1.0 + np.exp(-answers["Identity_1"].reshape(-1)))
    expected: dict[str, NDArray[np.floating]] = {
        "mesh": mesh,
        "presence": presence,
        "blendshapes": shapes.reshape(-1, len(BLENDSHAPES)),
    }
    return Parity(
        reference="LiteRT on Google's own TFLite files",
        inputs="the golden portrait and its mirror image",
        largest={name: _largest(found[name], value) for name, value in expected.items()},
    )


def _chip_pixels(raw: NDArray[np.float32]) -> NDArray[np.float64]:
    scale = (WINDOW[2] - WINDOW[0]) / NET_SIZE
    shift = (scale / 2 + WINDOW[0] - 0.5, scale / 2 + WINDOW[1] - 0.5, 0.0)
    return raw.reshape(-1, MESH_POINTS, 3).astype(np.float64) * scale + shift


def _largest(found: NDArray[np.generic], expected: NDArray[np.floating]) -> float:
    return float(np.abs(found.astype(np.float64) - expected).max())
