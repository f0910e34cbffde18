"""The published model and its golden answers."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from services.keypoints.canonical import CanonicalFace
from services.keypoints.model import KeypointsModel
from serving.session import ModelInfo

MODELS = Path(__file__).resolve().parents[3] / "models"


@pytest.fixture(scope="session")
def session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(MODELS / "keypoints.onnx"), options, providers=["CPUExecutionProvider"]
    )


@pytest.fixture(scope="session")
def info(session: onnxruntime.InferenceSession) -> ModelInfo:
    metadata = dict(session.get_modelmeta().custom_metadata_map)
    return ModelInfo(
        "keypoints", "", "", "", labels=json.loads(metadata["hexaface.labels"]), metadata=metadata
    )


@pytest.fixture(scope="session")
def model(info: ModelInfo) -> KeypointsModel:
    return KeypointsModel(info)


@pytest.fixture(scope="session")
def canonical(info: ModelInfo) -> CanonicalFace:
    return CanonicalFace.from_metadata(info.metadata["hexaface.canonical_face"])


@pytest.fixture(scope="session")
def golden_chip() -> NDArray[np.uint8]:
    with np.load(MODELS / "keypoints.golden.npz") as stored:
        return np.asarray(stored["in.image"][0], np.uint8)
