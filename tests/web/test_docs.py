"""The documentation page of every app loads nothing from another host."""

import re

import httpx
import pytest

from gateway.app import create_app as create_gateway
from hexaface.embedded.mounted import SERVICES

APPS = {"gateway": create_gateway, **SERVICES}


@pytest.fixture(params=sorted(APPS))
async def client(request):
    app = APPS[request.param]()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_everything_that_the_page_loads_is_served_beside_it(client):
    page = (await client.get("/docs")).text
    loaded = re.findall(r"(?:src|href|url)(?:=\"|: ')([^\"']+)", page)
    own = [address for address in loaded if not address.startswith("data:image/svg+xml,")]
    assert own == ["/docs/assets/swagger-ui.css", "/docs/assets/swagger-ui-bundle.js", "/openapi.json"]
    for address in own:
        answer = await client.get(address)
        assert (address, 200) == (address, answer.status_code)
        assert len(answer.content) > 1000, address


async def test_the_page_forbids_the_browser_to_ask_another_host(client):
    policy = (await client.get("/docs")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy


async def test_no_page_is_left_that_loads_from_another_host(client):
    assert (await client.get("/redoc")).status_code == 404


async def test_behind_a_path_prefix_the_page_keeps_the_prefix():
    transport = httpx.ASGITransport(create_gateway(), root_path="/faces")
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        page = (await client.get("/faces/docs")).text
        assert "url: '/faces/openapi.json'" in page
        assert (await client.get("/faces/docs/assets/swagger-ui.css")).status_code == 200
