"""A browser is nobody's back door: host names of our own, no writes for other sites, no reading by them."""

import httpx
import pytest
from fastapi import FastAPI, WebSocket

from web.doors import guard
from web.listening import ListenSettings
from web.problems import UnavailableError
from web.refusals import add_problem_handlers
from web.requests import RequestMiddleware

LOCAL = "http://localhost:8000"


def app_of(*, keys_needed=None, **settings):
    app = FastAPI()
    app.add_middleware(RequestMiddleware, name="test")
    add_problem_handlers(app)
    if keys_needed is not None:

        async def answer():
            if isinstance(keys_needed, Exception):
                raise keys_needed
            return keys_needed

        app.state.keys_needed = answer

    @app.api_route("/", methods=["GET", "POST", "DELETE"])
    async def hello():
        return "hello"

    @app.websocket("/socket")
    async def socket(connection: WebSocket):
        await connection.accept()
        await connection.close()

    guard(app, ListenSettings(**settings))
    return app


async def ask(app, method="GET", url=f"{LOCAL}/", **headers):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        return await client.request(method, url, headers={k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "app.localhost", "127.9.9.9"]
)
async def test_loopbacks_own_names_are_answered(host):
    assert (await ask(app_of(), host=host)).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "8.8.8.8",
        "evil",
        "",
        "[evil",
    ],
)
async def test_a_name_that_somebody_else_points_here_is_refused(host):
    for method in ("GET", "POST"):
        answer = await ask(app_of(keys_needed=False), method, host=host)
        assert (answer.status_code, answer.json()["type"]) == (421, "unknown-host")
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_the_bound_address_and_allowed_hosts_are_answered():
    app = app_of(host="192.168.1.5", allowed_hosts="faces.example, Other.Example")
    for host in ("192.168.1.5:8000", "faces.example", "other.example:443"):
        assert (await ask(app, host=host)).status_code == 200
    assert (await ask(app, host="evil.example")).status_code == 421


async def test_beyond_loopback_without_keys_addresses_and_containers_names_are_answered():
    app = app_of(host="0.0.0.0", insecure=True, keys_needed=False)  # noqa: S104  # the case in question
    for host in ("10.1.2.3", "gateway:8000", "localhost"):
        assert (await ask(app, host=host)).status_code == 200
    assert (await ask(app, host="evil.example")).status_code == 421


async def test_where_every_request_needs_a_key_any_name_will_do():
    assert (await ask(app_of(keys_needed=True), host="faces.example")).status_code == 200
    assert (
        await ask(app_of(keys_needed=True, allowed_hosts="a.example"), host="b.example")
    ).status_code == 421
    away = UnavailableError("away")
    assert (await ask(app_of(keys_needed=away), host="faces.example")).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:3000"},
        {"origin": "http://localhost"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
async def test_a_write_for_another_site_is_refused(headers):
    for method in ("POST", "DELETE"):
        answer = await ask(app_of(keys_needed=True), method, **headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "cross-site")
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_script_of_another_site_does_not_even_read():
    answer = await ask(app_of(), origin="http://evil.example")
    assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (403, False)


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": LOCAL}, {"origin": LOCAL, "sec_fetch_site": "same-origin"}, {"sec_fetch_site": "none"}],
)
async def test_programs_and_the_servers_own_pages_may_write(headers):
    assert (await ask(app_of(), "POST", **headers)).status_code == 200


async def test_a_link_from_another_site_may_be_followed():
    assert (await ask(app_of(), sec_fetch_site="cross-site")).status_code == 200


async def test_only_origins_that_the_operator_names_get_access():
    app = app_of(allowed_origins="https://desk.example")
    named, other = {"origin": "https://desk.example"}, {"origin": "https://evil.example"}
    for method in ("GET", "POST"):
        answer = await ask(app, method, **named, sec_fetch_site="cross-site")
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (
            200,
            "https://desk.example",
        )
        assert (await ask(app, method, **other)).status_code == 403
    wish = {"access_control_request_method": "POST", "access_control_request_headers": "x-api-key"}
    assert (await ask(app, "OPTIONS", **named, **wish)).status_code == 200
    assert (await ask(app, "OPTIONS", **other, **wish)).status_code == 403


async def test_a_socket_is_opened_only_from_its_own_origin():
    async def opened(app, **headers):
        said = []

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            said.append(message["type"])

        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "websocket",
            "path": "/socket",
            "headers": raw,
            "query_string": b"",
            "subprotocols": [],
        }
        await app(scope, receive, send)
        return said[0] == "websocket.accept"

    assert await opened(app_of(), host="localhost:8000", origin=LOCAL)
    assert not await opened(app_of(), host="localhost:8000", origin="http://evil.example")
    assert not await opened(app_of(), host="evil.example", origin="http://evil.example")
