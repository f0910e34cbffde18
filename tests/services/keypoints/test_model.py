"""The published model: its answer to the golden portrait, in batches, mirrored, and through the service's route."""

from pathlib import Path

import httpx
import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from contracts.analysis import ChipsRequest
from contracts.keypoints import FacialPoints, Keypoints, KeypointsReply, KeypointsRequest
from services.keypoints.app import create_app
from services.keypoints.model import KeypointsModel
from serving.settings import ServiceSettings

MODELS = Path(__file__).resolve().parents[3] / "models"


def analyse(
    session: onnxruntime.InferenceSession, model: KeypointsModel, chips: list[NDArray[np.uint8]]
) -> list[Keypoints]:
    names = [output.name for output in session.get_outputs()]
    items = [model.preprocess(chip) for chip in chips]
    values = session.run(names, {"image": np.stack([item["image"] for item in items])})
    return [
        model.postprocess({name: value[i] for name, value in zip(names, values, strict=True)})
        for i in range(len(chips))
    ]


@pytest.fixture(scope="module")
def portrait(
    session: onnxruntime.InferenceSession, model: KeypointsModel, golden_chip: NDArray[np.uint8]
) -> Keypoints:
    return analyse(session, model, [golden_chip])[0]


def test_grace_hopper_looks_ahead_with_open_eyes_and_a_closed_mouth(portrait: Keypoints) -> None:
    assert portrait.presence > 0.99
    assert abs(portrait.pose.yaw) < 12
    assert abs(portrait.pose.pitch) < 12
    assert abs(portrait.pose.roll) < 5
    assert portrait.gaze.confidence > 0.5
    assert not portrait.action_units["AU43"].present
    assert not portrait.action_units["AU27"].present


def test_the_points_lie_in_the_order_of_a_face(portrait: Keypoints) -> None:
    p = portrait.points
    across = [
        p.right_eye_outer_corner.x,
        p.right_eye_center.x,
        p.right_eye_inner_corner.x,
        p.nose_tip.x,
        p.left_eye_inner_corner.x,
        p.left_eye_center.x,
        p.left_eye_outer_corner.x,
    ]
    down = [
        p.left_eyebrow_inner_end.y,
        p.left_eye_center.y,
        p.nose_tip.y,
        p.mouth_center_top_lip.y,
        p.mouth_center_bottom_lip.y,
    ]

    assert sorted(across) == across
    assert sorted(down) == down


def test_a_mirrored_chip_has_swapped_sides_within_what_the_mesh_net_keeps(
    session: onnxruntime.InferenceSession,
    model: KeypointsModel,
    golden_chip: NDArray[np.uint8],
    portrait: Keypoints,
) -> None:
    (mirrored,) = analyse(session, model, [np.ascontiguousarray(golden_chip[:, ::-1])])

    assert -portrait.pose.yaw == pytest.approx(mirrored.pose.yaw, abs=3)
    assert portrait.pose.pitch == pytest.approx(mirrored.pose.pitch, abs=3)
    assert -portrait.pose.roll == pytest.approx(mirrored.pose.roll, abs=1.5)
    apart = []
    for name in FacialPoints.model_fields:
        other = name.replace("left", "*").replace("right", "left").replace("*", "right")
        before, after = getattr(portrait.points, name), getattr(mirrored.points, other)
        apart.append(np.hypot(255 - before.x - after.x, before.y - after.y))
    # The readout learns both sides from mirrored faces; neither it nor the net is exactly symmetric.
    assert np.mean(apart) < 2.5
    assert max(apart) < 5


def test_a_batch_gives_what_single_chips_give(
    session: onnxruntime.InferenceSession, model: KeypointsModel, golden_chip: NDArray[np.uint8]
) -> None:
    shifted = np.roll(golden_chip, 6, axis=1)

    alone = analyse(session, model, [shifted])[0]
    _, batched, _ = analyse(session, model, [golden_chip, shifted, golden_chip])

    assert alone.pose.yaw == pytest.approx(batched.pose.yaw, abs=1e-2)
    for name, unit in alone.action_units.items():
        assert unit.intensity == pytest.approx(batched.action_units[name].intensity, abs=1e-3)


def test_a_chip_without_a_face_has_no_presence(
    session: onnxruntime.InferenceSession, model: KeypointsModel
) -> None:
    (answer,) = analyse(session, model, [np.full((256, 256, 3), 128, np.uint8)])

    assert answer.presence < 0.5
    assert answer.gaze.confidence < 0.5


async def test_the_service_gives_the_large_parts_only_when_asked(golden_chip: NDArray[np.uint8]) -> None:
    app = create_app(ServiceSettings(models=MODELS, provider="cpu", threads=1))
    chips = golden_chip.tobytes()
    transport = httpx.ASGITransport(app)
    headers = {"content-type": "application/msgpack", "accept": "application/msgpack"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://keypoints") as client,
    ):

        async def post(request: ChipsRequest) -> Keypoints:
            answer = await client.post("/v1/keypoints", content=request.to_msgpack(), headers=headers)
            assert answer.status_code == 200
            return KeypointsReply.from_msgpack(answer.content).faces[0]

        small = await post(KeypointsRequest(chips=chips))
        large = await post(KeypointsRequest(chips=chips, mesh=True, blendshapes=True))
        resting = await post(KeypointsRequest(chips=chips, neutral=small.action_units))

    assert (small.mesh, small.blendshapes) == (None, None)
    assert (len(large.mesh or ()), len(large.blendshapes or ())) == (478, 52)
    assert {0.0} == {unit.intensity for unit in resting.action_units.values() if unit.intensity < 1}
