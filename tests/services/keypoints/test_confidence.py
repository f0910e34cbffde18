"""The confidence of a face's points: it falls with each sign of doubt, and the published model's means something."""

import json

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from contracts.chips import TEMPLATE
from contracts.faces import Point
from contracts.keypoints import FacialPoints
from services.keypoints.canonical import CanonicalFace
from services.keypoints.confidence import confidence, signs
from services.keypoints.model import KeypointsModel
from services.keypoints.pose import CAMERA, HeadPose, from_angles
from serving.session import ModelInfo
from tests.services.keypoints.test_model import analyse

_FIVE = ("right_eye_center", "left_eye_center", "nose_tip", "mouth_right_corner", "mouth_left_corner")


def points_at(five: NDArray[np.float64]) -> FacialPoints:
    """Named points whose five that the detector knows lie at (5, 2)."""
    places = dict(zip(_FIVE, five.tolist(), strict=True))
    return FacialPoints(
        **{
            name: Point(x=places.get(name, (0, 0))[0], y=places.get(name, (0, 0))[1])
            for name in FacialPoints.model_fields
        }
    )


def found(
    canonical: CanonicalFace,
    five: NDArray[np.float64],
    yaw: float = 0.0,
    presence: float = 1.0,
    noise: float = 0.0,
) -> dict[str, float]:
    pose = HeadPose(from_angles(yaw, 0, 0), np.array([0.0, 0.0, 100.0]))
    camera = canonical.points @ pose.rotation.T + pose.translation
    mesh = np.zeros((478, 3))
    mesh[:468, :2] = (camera @ CAMERA.T)[:, :2] / camera[:, 2:]
    mesh += np.random.default_rng(1).normal(0, noise, mesh.shape) if noise else 0
    return signs(points_at(five), mesh, pose, presence, canonical)


def test_a_face_where_the_detector_has_it_gives_no_sign_of_doubt(canonical: CanonicalFace) -> None:
    assert found(canonical, np.array(TEMPLATE)) == pytest.approx(
        dict.fromkeys(found(canonical, np.array(TEMPLATE)), 0.0), abs=1e-3
    )


@pytest.mark.parametrize(
    ("sign", "changed"),
    [
        ("absent", {"presence": 0.3}),
        ("turned", {"yaw": 40.0}),
        ("misfit", {"noise": 3.0}),
        ("moved", {"five": np.add(TEMPLATE, (12, -5))}),
        ("scaled", {"five": (np.array(TEMPLATE) - 128) * 1.2 + 128}),
        ("unlike", {"five": np.array(TEMPLATE) * (0.6, 1.0)}),
    ],
)
def test_each_sign_sees_what_it_is_named_for_and_lowers_the_confidence(
    canonical: CanonicalFace, info: ModelInfo, sign: str, changed: dict[str, object]
) -> None:
    weights = {**dict.fromkeys(found(canonical, np.array(TEMPLATE)), 1.0), "bias": 4.0}
    good = found(canonical, np.array(TEMPLATE))
    doubtful = found(canonical, **{"five": np.array(TEMPLATE), **changed})  # type: ignore[arg-type]

    assert doubtful[sign] > good[sign] + 0.2
    assert confidence(doubtful, weights) < confidence(good, weights)
    assert set(info.structured("calibration")["confidence"]) == {*good, "bias"}


def test_a_good_portrait_is_trusted_and_a_covered_one_is_not(
    session: onnxruntime.InferenceSession, model: KeypointsModel, golden_chip: NDArray[np.uint8]
) -> None:
    covered = golden_chip.copy()
    covered[70:250, 40:216] = 90

    good, bad, nothing = analyse(session, model, [golden_chip, covered, np.full_like(golden_chip, 128)])

    assert good.confidence is not None
    assert bad.confidence is not None
    assert nothing.confidence is not None
    assert good.confidence > 0.95
    assert bad.confidence < 0.7
    assert nothing.confidence < 0.5


def test_a_model_without_weights_says_nothing_about_confidence(
    session: onnxruntime.InferenceSession, info: ModelInfo, golden_chip: NDArray[np.uint8]
) -> None:
    scales = {"action_units": info.structured("calibration")["action_units"]}
    older = ModelInfo(
        "keypoints",
        "",
        "",
        "",
        labels=info.labels,
        metadata={**info.metadata, "hexaface.calibration": json.dumps(scales)},
    )

    (answer,) = analyse(session, KeypointsModel(older), [golden_chip])

    assert answer.confidence is None
