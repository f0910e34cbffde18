"""What the portal serves itself."""

import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from portal.app import attach
from portal.site import PAGES, STATIC, create_site


@pytest.fixture
def site():
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_site()), base_url="http://portal")


def test_the_pages_are_those_that_the_documentation_names():
    assert PAGES == ("/", "/people", "/folder", "/live", "/generate", "/server")


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_the_one_page_and_allows_no_other_host(site, path):
    answer = await site.get(path)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"https?:", policy)
    assert "set-cookie" not in answer.headers


async def test_an_unknown_address_is_a_page_that_says_so(site):
    answer = await site.get("/nothing")
    assert answer.status_code == 404
    assert "main.js" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_another_method_is_refused_as_a_problem(site):
    answer = await site.post("/server")
    assert (answer.status_code, answer.json()["type"]) == (405, "method-not-allowed")


async def test_what_the_page_names_is_there_and_may_be_kept_for_ever(site):
    page = (await site.get("/")).text
    named = re.findall(r'(?:href|src)="(/_portal/[^"]+)"', page)
    assert len(named) > 20
    for address in named:
        answer = await site.get(address)
        assert (address, answer.status_code) == (address, 200)
        assert "immutable" in answer.headers["cache-control"]


async def test_the_page_itself_is_asked_for_again(site):
    assert (await site.get("/")).headers["cache-control"] == "no-cache"


async def test_no_file_lies_outside_what_is_served(site):
    base = re.search(r'src="(/_portal/\w+)/main.js"', (await site.get("/")).text)[1]
    assert (await site.get(f"{base}/../site.py")).status_code == 404
    assert (await site.get(f"{base}/%2e%2e/site.py")).status_code == 404


async def test_beside_an_api_unknown_routes_stay_the_apis():
    app = FastAPI()
    attach(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://portal") as client:
        assert (await client.get("/v1/nothing")).headers["content-type"] == "application/json"
        assert (await client.get("/server")).headers["content-type"].startswith("text/html")


def _modules() -> list[Path]:
    return sorted(STATIC.rglob("*.js"))


def test_every_import_of_a_module_exists():
    for module in _modules():
        for name in re.findall(r'(?:from|import\()\s*"(\.[^"]+)"', module.read_text()):
            assert (module.parent / name).resolve().is_file(), f"{module.name} imports {name}"


def test_modules_are_small_and_say_what_they_are():
    for module in _modules():
        lines = module.read_text().splitlines()
        assert lines[0].startswith("// "), module
        assert len(lines) <= 300, module
