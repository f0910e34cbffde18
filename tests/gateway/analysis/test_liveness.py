"""`require_live`: a face that does not look live is refused by name."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.detection import DetectReply, DetectRequest
from contracts.faces import Box
from contracts.liveness import CONTEXT_BYTES, Liveness, LivenessReply, LivenessRequest, Placement
from contracts.message import MSGPACK
from contracts.models import ModelRef
from tests.gateway.conftest import FakeServices, picture_of


class Judged(FakeServices):
    """Services whose liveness is `score` for the faces of every picture."""

    def __init__(self, score):
        super().__init__()
        self.score = score
        self.judged = 0

    def transports(self):
        app = Starlette(routes=[Route("/v1/liveness", self.liveness, methods=["POST"])])
        return super().transports() | {"liveness": httpx.ASGITransport(app)}

    async def detect(self, request: Request) -> Response:
        wanted = DetectRequest.from_msgpack(await request.body())
        found = DetectReply.from_msgpack((await super().detect(request)).body)
        if wanted.contexts:
            count = len(found.faces)
            placement = Placement(box=Box(x=120, y=120, width=80, height=80))
            update = {"contexts": bytes(count * CONTEXT_BYTES), "placements": [placement] * count}
            found = found.model_copy(update=update)
        return Response(found.to_msgpack(), media_type=MSGPACK)

    async def liveness(self, request: Request) -> Response:
        count = len(LivenessRequest.from_msgpack(await request.body()).placements)
        self.judged += count
        model = ModelRef(name="trio", version="1", digest="l" * 64)
        faces = [Liveness(label="real", score=self.score)] * count
        return Response(LivenessReply(faces=faces, model=model).to_msgpack(), media_type=MSGPACK)


def pictures(**data):
    files = {"image_a": picture_of("ada"), "image_b": picture_of("ada", shot=1)}
    return {"files": files, "data": data}


async def test_a_face_that_looks_live_is_compared(gateway_over):
    services = Judged(0.9)
    async with gateway_over(services) as client:
        answer = await client.post("/v1/verify", **pictures(require_live="0.78"))

    assert answer.status_code == 200
    assert answer.json()["verified"] is True
    assert services.judged == 1  # image_a may be a passport photo


async def test_a_face_that_does_not_is_refused_by_name(gateway_over):
    async with gateway_over(Judged(0.3)) as client:
        answer = await client.post("/v1/verify", **pictures(require_live="0.78"))

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "not-live")
    assert problem["errors"] == [
        {"field": "image_b", "index": 0, "reason": "liveness 0.30, 0.78 is required"}
    ]


async def test_nobody_is_judged_unasked(gateway_over):
    services = Judged(0.3)
    async with gateway_over(services) as client:
        answer = await client.post("/v1/verify", **pictures())

    assert answer.status_code == 200
    assert services.judged == 0


async def test_a_face_that_was_not_judged_is_no_pass(gateway_over):
    async with gateway_over(FakeServices()) as client:
        answer = await client.post("/v1/verify", **pictures(require_live="0"))

    assert (answer.status_code, answer.json()["type"]) == (422, "not-live")


@pytest.mark.parametrize("wrong", ["-0.1", "1.1", "yes"])
async def test_a_threshold_outside_its_range_is_refused(gateway_over, wrong):
    async with gateway_over(Judged(0.9)) as client:
        answer = await client.post("/v1/verify", **pictures(require_live=wrong))

    assert answer.status_code == 422
