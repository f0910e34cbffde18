"""The permissive profile: what it serves works, what it has no model for is said plainly."""

import os
from collections.abc import AsyncIterator

import httpx
import pytest

from hexaface.embedded.process import create_all_in_one
from hexaface.embedded.profiles import choices
from services.emotion.model import EmotionModel
from serving.errors import ModelFileError
from serving.service import Service
from serving.settings import ServiceSettings

_FORBIDDING = ("research", "non-commercial", "CC BY-NC", "MS-Celeb", "VGG-Face", "FaceScrub")


@pytest.fixture(scope="module")
async def free(home_factory) -> AsyncIterator[httpx.AsyncClient]:
    """The all-in-one product with the permissive profile."""
    os.environ["HEXAFACE_HOME"] = str(home_factory())
    app = create_all_in_one(service_settings=ServiceSettings(profile="permissive"))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield client


async def test_no_model_of_the_profile_is_known_to_forbid_commercial_use(free):
    answer = (await free.get("/v1/models")).json()

    assert {"detector", "attributes", "keypoints", "liveness"} == {
        model["task"] for model in answer["models"]
    }
    assert answer["not_served"] == ["embedder", "emotion", "generator"]
    assert answer["unavailable"] == []
    for model in answer["models"]:
        terms = f"{model['licence']} {model['training_data']}"
        assert not [word for word in _FORBIDDING if word in terms], model["name"]


async def test_faces_are_found_and_described_by_what_there_is(free, photo):
    answer = (await free.post("/v1/analyze", files={"image": photo("astronaut")})).json()

    (face,) = answer["faces"]
    assert answer["problems"] == []
    assert face["attributes"]["gender"]["label"] == "female"
    assert "race" not in face["attributes"]
    assert len(face["keypoints"]["points"]) == 15
    assert "emotion" not in face


async def test_landmarks_of_the_other_detector_lie_where_the_default_ones_do(free, api, photo):
    faces = [
        (await client.post("/v1/detect", files={"image": photo("astronaut")})).json()["faces"][0]
        for client in (free, api)
    ]

    ours, theirs = (face["landmarks"] for face in faces)
    eyes = abs(theirs["left_eye"]["x"] - theirs["right_eye"]["x"])
    for name, point in theirs.items():
        off = max(abs(ours[name]["x"] - point["x"]), abs(ours[name]["y"] - point["y"]))
        # A broad smile: its corners do not lie beside the middle of the mouth, which is all that BlazeFace gives.
        assert off < (0.3 if name.startswith("mouth") else 0.12) * eyes, name


async def test_liveness_is_judged_by_two_networks(free, photo):
    answer = await free.post(
        "/v1/analyze", files={"image": photo("astronaut")}, data={"features": "liveness"}
    )

    assert answer.json()["faces"][0]["liveness"]["label"] == "real"


async def test_a_feature_without_a_model_is_a_named_problem_beside_the_others(free, photo):
    asked = {"features": "attributes,emotion,embedding"}
    answer = await free.post("/v1/analyze", files={"image": photo("astronaut")}, data=asked)

    assert answer.status_code == 200
    problems = {
        problem["feature"]: (problem["type"], problem["status"]) for problem in answer.json()["problems"]
    }
    assert problems == {"emotion": ("not-served", 501), "embedding": ("not-served", 501)}
    assert answer.json()["faces"][0]["attributes"]


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/v1/generate", {"json": {"count": 1}}),
        ("/v1/collections", {"json": {"id": "staff"}}),
        ("/v1/embed", {"files": True}),
        ("/v1/verify", {"pair": True}),
    ],
)
async def test_a_route_without_a_model_says_so(free, photo, path, sent):
    if "files" in sent:
        sent = {"files": {"image": photo("astronaut")}}
    if "pair" in sent:
        sent = {"files": {"image_a": photo("astronaut"), "image_b": photo("astronaut")}}
    answer = await free.post(path, **sent)

    assert (answer.status_code, answer.json()["type"]) == (501, "not-served")


async def test_a_server_without_some_tasks_is_ready(free):
    answer = await free.get("/readyz")

    assert answer.status_code == 200
    assert set(answer.json()["services"]) == {"detector", "attributes", "keypoints", "liveness"}


async def test_a_service_of_a_task_without_a_model_refuses_to_start():
    service = Service("emotion", EmotionModel, ServiceSettings(profile="permissive"))

    with pytest.raises(ModelFileError, match=r"profile permissive has no model for 'emotion'"):
        async with service.running():
            pass


def test_a_profile_can_be_read_without_a_server():
    chosen = {choice.task: choice.name for choice in choices("permissive")}

    assert chosen["detector"] == "blazeface"
    assert chosen["embedder"] is None
