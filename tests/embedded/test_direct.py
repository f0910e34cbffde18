"""Calls to an app in this process are what calls over the network would be."""

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from hexaface.embedded.direct import DirectTransport
from web.disconnect import while_connected


@pytest.fixture
def app():
    made = FastAPI()

    @made.post("/echo")
    async def echo(request: Request) -> Response:
        async def answer() -> bytes:
            return await request.body() + request.headers["x-more"].encode() + request.url.query.encode()

        await request.body()
        return Response(await while_connected(request, answer()), 201, {"X-Seen": request.headers["host"]})

    @made.get("/broken")
    async def broken() -> None:
        raise RuntimeError("not expected")

    return made


@pytest.mark.parametrize("transport", [DirectTransport, httpx.ASGITransport])
async def test_an_app_sees_the_whole_request_and_its_answer_comes_whole(app, transport):
    async with httpx.AsyncClient(transport=transport(app), base_url="http://service:8000") as client:
        answer = await client.post("/echo?a=1", content=b"body ", headers={"X-More": "more "})
    assert (answer.status_code, answer.content, answer.headers["x-seen"]) == (
        201,
        b"body more a=1",
        "service:8000",
    )


async def test_an_error_that_nobody_expected_is_a_500(app):
    async with httpx.AsyncClient(transport=DirectTransport(app), base_url="http://service") as client:
        assert (await client.get("/broken")).status_code == 500
        assert (await client.get("/nothing")).status_code == 404
