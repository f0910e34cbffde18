"""The way through to a gateway elsewhere."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from portal.app import create_app
from portal.passage import Passage
from portal.settings import PortalSettings
from web.doors import guard
from web.listening import ListenSettings


async def _echo(request: Request) -> JSONResponse:
    body = await request.body()
    seen = {"path": request.url.path, "query": request.url.query, "size": len(body), **dict(request.headers)}
    return JSONResponse(seen, 201, {"X-Cache": "miss", "Set-Cookie": "a=b", "Retry-After": "3"})


def portal_before(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    app = Starlette(routes=[Mount("/v1", app=Passage("http://gateway:8000", transport))])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://portal")


@pytest.fixture
def portal():
    gateway = Starlette(routes=[Route("/v1/{rest:path}", _echo, methods=["GET", "POST", "DELETE"])])
    return portal_before(httpx.ASGITransport(gateway))


async def test_path_query_body_and_key_arrive_as_they_were_sent(portal):
    answer = await portal.post(
        "/v1/collections/a%40b/x?top_k=3", content=b"x" * 70_000, headers={"X-API-Key": "k"}
    )
    seen = answer.json()
    assert (answer.status_code, seen["path"], seen["query"], seen["size"], seen["x-api-key"]) == (
        201, "/v1/collections/a@b/x", "top_k=3", 70_000, "k",
    )  # fmt: skip
    assert (answer.headers["x-cache"], answer.headers["retry-after"]) == ("miss", "3")


async def test_cookies_and_the_portals_own_name_stay_here(portal):
    answer = await portal.get("/v1/models", headers={"Cookie": "a=b", "Origin": "http://portal"})
    assert "cookie" not in answer.json()
    assert "origin" not in answer.json()
    assert answer.json()["host"] == "gateway:8000"
    assert "set-cookie" not in answer.headers


@pytest.fixture
def guarded():
    """The portal as `python -m portal` runs it, with one other site that its operator allows; its gateway is away."""
    app = create_app(PortalSettings(url="http://127.0.0.1:9"))
    guard(app, ListenSettings(allowed_origins="http://friend.example"))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8080")


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_another_sites_write_is_refused(guarded, headers):
    answer = await guarded.post("/v1/collections", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "cross-site")


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8080", "http://friend.example"])
async def test_the_portals_own_write_and_an_allowed_sites_pass(guarded, origin):
    answer = await guarded.post("/v1/collections", headers={"Origin": origin})
    assert (answer.status_code, answer.json()["type"]) == (503, "unavailable")


async def test_a_gateway_that_is_away_is_a_problem_that_says_so():
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async with portal_before(httpx.MockTransport(refuse)) as portal:
        answer = await portal.get("/v1/models")
    assert (answer.status_code, answer.json()["type"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "2"


async def test_what_the_page_asks_of_the_api_is_passed_and_the_rest_is_the_portals():
    app = create_app(PortalSettings(url="http://127.0.0.1:9"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://portal") as client:
        for path in ("/v1/models", "/openapi.json", "/readyz", "/docs", "/docs/assets/x.js"):
            assert (path, (await client.get(path)).status_code) == (path, 503)
        assert (await client.get("/healthz")).json() == {"status": "alive"}
        assert "http://127.0.0.1:9" in (await client.get("/people")).text
