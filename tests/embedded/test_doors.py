"""The running product as a browser's enemy meets it, and what stands outside the API."""

import httpx
import pytest

from hexaface.embedded.mounted import SERVICES
from portal.app import create_app as create_portal

TEXT = {"content-type": "text/plain"}
KEY = b'{"name": "mine", "scopes": ["admin"]}'


@pytest.fixture(scope="module")
def browser(server):
    with httpx.Client(base_url=server) as client:
        yield client


def test_a_page_of_another_site_cannot_make_a_key_or_a_collection(browser):
    evil = {"origin": "http://evil.example", "sec-fetch-site": "cross-site"}
    for path, body in (("/v1/keys", KEY), ("/v1/collections", b'{"id": "mine"}')):
        answer = browser.post(path, content=body, headers=TEXT | evil)
        assert (answer.status_code, answer.json()["type"]) == (403, "cross-site")
        assert browser.post(path, content=body, headers=TEXT).status_code == 400  # nor as anything but JSON
    assert browser.get("/v1/keys").json()["keys"] == []


def test_a_foreign_name_for_this_server_is_not_answered(browser):
    for path in ("/", "/v1/collections", "/docs", "/healthz"):
        answer = browser.get(path, headers={"host": "evil.example"})
        assert (answer.status_code, answer.json()["type"]) == (421, "unknown-host")


def test_no_page_may_read_across_sites(browser):
    answer = browser.options(
        "/v1/keys", headers={"origin": "http://evil.example", "access-control-request-method": "POST"}
    )
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def is_problem_or_page(answer):
    kind = answer.headers["content-type"].partition(";")[0]
    return kind == "text/html" or (
        kind == "application/problem+json" and answer.json()["status"] == answer.status_code
    )


STRANGE = (
    "/nothing",
    "/nothing/at/all",
    "/docs/assets/none.js",
    "/_portal/none.js",
    "/metrics/x",
    "/healthz/x",
    "/v1",
    "/v1/x",
    "/redoc",
    "/..%2f..",
)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
def test_whatever_is_not_there_is_a_problem_or_a_page(browser, method):
    for path in STRANGE:
        answer = browser.request(method, path)
        assert answer.status_code in (404, 405), (path, answer.status_code)
        assert is_problem_or_page(answer), (path, answer.text)


@pytest.mark.parametrize("app", [create_portal, SERVICES["emotion"]], ids=["portal", "service"])
async def test_the_portal_and_a_service_alone_do_alike(app):
    transport = httpx.ASGITransport(app(None))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for method in ("GET", "POST"):
            for path in ("/nothing", "/metrics/x", "/redoc", "/healthz/x", "/docs/assets/none.js"):
                answer = await client.request(method, path)
                assert is_problem_or_page(answer), (path, answer.text)
        answer = await client.post("/healthz")
        assert (answer.status_code, is_problem_or_page(answer)) == (405, True)
        assert "Allow" in answer.json()["detail"]
