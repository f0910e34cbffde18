"""Messages of our own processes are answered as every other request is, on a shorter way."""

import httpx
import pytest
from fastapi import Depends, FastAPI, Request, Response

from contracts.message import JSON, MSGPACK
from serving.messages import MessageRoutes
from web.parameters import refuse_unknown_parameters
from web.problems import OverloadedError
from web.refusals import add_problem_handlers
from web.requests import RequestMiddleware, route_of


@pytest.fixture
async def client():
    app = FastAPI(dependencies=[Depends(refuse_unknown_parameters)])
    ways = []

    async def answer(request: Request) -> Response:
        ways.append("message" if "router" not in request.scope else "route")
        body = await request.body()
        if body == b"full":
            raise OverloadedError("the queue is full", retry_after=2)
        if body == b"broken":
            raise RuntimeError("not expected")
        return Response(f"{route_of(request.scope)} {body.decode()}")

    app.add_api_route("/v1/answer", answer, methods=["POST"])
    app.add_middleware(MessageRoutes, routes={"/v1/answer": answer})
    app.add_middleware(RequestMiddleware, name="test")
    add_problem_handlers(app)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        client.ways = ways
        yield client


@pytest.mark.parametrize(("kind", "way"), [(MSGPACK, "message"), (JSON, "route")])
async def test_a_message_gets_the_answers_and_problems_of_the_route(client, kind, way):
    headers = {"Content-Type": kind, "X-Request-ID": "abc"}
    answer = await client.post("/v1/answer", content=b"hello", headers=headers)
    assert (answer.status_code, answer.text) == (200, "/v1/answer hello")
    full = await client.post("/v1/answer", content=b"full", headers=headers)
    assert (full.status_code, full.headers["Retry-After"], full.json()["type"]) == (429, "2", "overloaded")
    broken = await client.post("/v1/answer", content=b"broken", headers=headers)
    assert (broken.status_code, broken.json()["type"]) == (500, "internal")
    assert {one.headers["X-Request-ID"] for one in (answer, full, broken)} == {"abc"}
    assert client.ways == [way] * 3


async def test_what_is_no_plain_message_goes_the_way_of_every_request(client):
    headers = {"Content-Type": MSGPACK}
    assert (await client.post("/v1/answer?size=1", content=b"x", headers=headers)).status_code == 422
    assert (await client.put("/v1/answer", content=b"x", headers=headers)).status_code == 405
    assert (await client.post("/v1/other", content=b"x", headers=headers)).status_code == 404
    assert client.ways == []
