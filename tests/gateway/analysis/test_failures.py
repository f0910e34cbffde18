"""A service that is gone, hangs or talks nonsense costs its own feature, never the answer."""

import asyncio
import time

import httpx
import pytest

from contracts.message import MSGPACK
from gateway.app import create_app
from gateway.settings.analysis import AnalysisSettings
from gateway.settings.gateway import GatewaySettings
from gateway.settings.upstreams import UpstreamSettings
from hexaface.embedded.mounted import MountedServices
from serving.settings import ServiceSettings

# Long enough for a healthy service on a busy machine, short enough for a test that waits for it.
SERVICES = UpstreamSettings(stage_timeout=2.0, breaker_failures=3, breaker_seconds=3.0)
DEADLINE = 6.0
SETTINGS = GatewaySettings(analysis=AnalysisSettings(deadline=DEADLINE), upstreams=SERVICES)


class Switch(httpx.AsyncBaseTransport):
    """A service's wire that can be cut, clogged or crossed."""

    def __init__(self, inner):
        self.inner = inner
        self.mode = "up"
        self.endless = b""
        self.calls = 0

    async def handle_async_request(self, request):
        self.calls += 1
        if self.mode == "gone":
            raise httpx.ConnectError("refused", request=request)
        if self.mode == "hangs" or (self.endless and self.endless in request.content):
            await asyncio.sleep(30)
        if self.mode == "nonsense":
            return httpx.Response(200, content=b"\x93\x01\x02\x03", headers={"content-type": MSGPACK})
        if self.mode == "crashes":
            return httpx.Response(500, text="boom")
        return await self.inner.handle_async_request(request)


@pytest.fixture(scope="module")
async def services():
    mounted = MountedServices()
    async with mounted.running():
        yield mounted


@pytest.fixture
async def gateway(services):
    """A gateway whose services' wires can be switched."""
    switches = {name: Switch(transport) for name, transport in services.transports.items()}
    transport = httpx.ASGITransport(create_app(SETTINGS, switches), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client, switches


async def analyze(client, picture):
    started = time.perf_counter()
    answer = await client.post(
        "/v1/analyze", files={"image": picture}, data={"features": "emotion,attributes"}
    )
    return answer, time.perf_counter() - started


@pytest.mark.parametrize(
    ("mode", "kind", "status"),
    [("gone", "unavailable", 503), ("hangs", "deadline", 504), ("nonsense", "bad-upstream", 502), ("crashes", "bad-upstream", 502)],
)  # fmt: skip
async def test_a_failed_feature_is_a_problem_in_an_answer_that_stands(gateway, photo, mode, kind, status):
    client, switches = gateway
    switches["emotion"].mode = mode
    answer, seconds = await analyze(client, photo("astronaut"))
    assert answer.status_code == 200
    assert seconds < DEADLINE
    (problem,) = answer.json()["problems"]
    assert (problem["feature"], problem["type"], problem["status"]) == ("emotion", kind, status)
    (face,) = answer.json()["faces"]
    assert "emotion" not in face
    assert face["attributes"]["gender"]["label"] == "female"


@pytest.mark.parametrize(("mode", "status"), [("gone", 503), ("hangs", 504), ("nonsense", 502)])
async def test_without_its_detector_an_analysis_is_a_clear_problem(gateway, photo, mode, status):
    client, switches = gateway
    switches["detector"].mode = mode
    answer, seconds = await analyze(client, photo("astronaut"))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in answer.headers) == (status in (503, 504))
    assert seconds < DEADLINE


async def test_an_embedding_that_is_all_the_request_wants_must_not_fail(gateway, photo):
    client, switches = gateway
    switches["embedder"].mode = "gone"
    answer = await client.post("/v1/embed", files={"image": photo("astronaut")})
    assert answer.status_code == 503
    assert "retry-after" in answer.headers


async def test_a_service_that_keeps_failing_is_left_alone_and_found_again(gateway, photo):
    client, switches = gateway
    wire = switches["emotion"]
    wire.mode = "gone"
    for _ in range(SERVICES.breaker_failures):
        await analyze(client, photo("astronaut"))
    calls = wire.calls
    answer, _ = await analyze(client, photo("astronaut"))
    assert wire.calls == calls
    assert answer.json()["problems"][0]["type"] == "unavailable"
    wire.mode = "up"
    await asyncio.sleep(SERVICES.breaker_seconds + 0.05)
    answer, _ = await analyze(client, photo("astronaut"))
    assert answer.json().get("problems", []) == []
    assert "emotion" in answer.json()["faces"][0]


async def test_slow_pictures_of_one_caller_do_not_shut_a_service_to_the_others(gateway, photo):
    client, switches = gateway
    switches["detector"].endless = slow = photo("group")
    answers = await asyncio.gather(*(analyze(client, slow) for _ in range(SERVICES.breaker_failures)))
    assert [answer.status_code for answer, _ in answers] == [504] * SERVICES.breaker_failures
    answer, _ = await analyze(client, photo("astronaut"))
    assert answer.status_code == 200


async def test_damaged_pictures_of_one_caller_do_not_shut_a_service_to_the_others(gateway, photo):
    client, _ = gateway
    damaged = photo("group")[:9000]
    for _ in range(2 * SERVICES.breaker_failures):
        answer, _ = await analyze(client, damaged)
        assert answer.status_code == 422
    answer, _ = await analyze(client, photo("astronaut"))
    assert answer.status_code == 200


async def test_readiness_names_the_service_that_is_not(gateway):
    client, switches = gateway
    switches["keypoints"].mode = "gone"
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["services"]["keypoints"] == "cannot be reached"
    assert answer.json()["services"]["detector"] == "ready"


async def test_models_of_reachable_services_are_listed_and_the_others_named(gateway):
    client, switches = gateway
    switches["generator"].mode = "gone"
    answer = (await client.get("/v1/models")).json()
    assert answer["unavailable"] == ["generator"]
    tasks = {model["task"] for model in answer["models"]}
    assert tasks == {
        "detector",
        "detector-points",
        "embedder",
        "attributes",
        "emotion",
        "keypoints",
        "liveness",
    }


async def test_a_full_queue_is_a_429_with_retry_after(photo):
    mounted = MountedServices(ServiceSettings(max_queue=1, max_batch=1))
    async with mounted.running():
        transport = httpx.ASGITransport(create_app(None, mounted.transports), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answers = await asyncio.gather(
                *(client.post("/v1/detect", files={"image": photo("astronaut")}) for _ in range(12))
            )
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 429}
    rejected = answers[statuses.index(429)]
    assert rejected.json()["type"] == "overloaded"
    assert int(rejected.headers["retry-after"]) >= 1
