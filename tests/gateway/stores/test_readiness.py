"""`/readyz` tells what each service and each store does; a store that is down degrades, and turns nothing off."""

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from tests.gateway.conftest import FakeServices

_NOBODY_LISTENS = {"database_url": "postgresql://x@127.0.0.1:9/x", "redis_url": "redis://127.0.0.1:9/0"}


class AllReady(FakeServices):
    """All services say that they are ready."""

    def transports(self):
        app = Starlette(routes=[Route("/readyz", self.ready_of("detector"))])
        others = ("attributes", "emotion", "keypoints", "generator", "liveness")
        return super().transports() | {name: httpx.ASGITransport(app) for name in others}


async def test_stores_that_answer_are_ready(gateway_over):
    async with gateway_over(AllReady()) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["stores"] == {"postgresql": "ready", "redis": "ready"}
    assert answer.json()["degraded"] is False


async def test_stores_that_are_gone_are_named_and_leave_the_gateway_ready(gateway_over):
    async with gateway_over(AllReady(), **_NOBODY_LISTENS) as client:
        answers = [await client.get("/readyz") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 5
    for answer in answers:
        assert answer.json()["ready"] is True
        assert answer.json()["degraded"] is True
        assert "cannot be reached" in answer.json()["stores"]["postgresql"]
        assert "cannot be reached" in answer.json()["stores"]["redis"]


async def test_stores_that_nobody_configured_are_no_fault(gateway_over):
    async with gateway_over(AllReady(), database_url=None, redis_url=None) as client:
        answer = (await client.get("/readyz")).json()
    assert answer["stores"] == {"postgresql": "not configured", "redis": "not configured"}
    assert answer["degraded"] is False
