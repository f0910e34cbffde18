"""The portal's container: its pages work against the gateway's container, over the published port."""

import re
import shutil
from importlib.util import find_spec
from urllib.parse import urlsplit

import httpx
import pytest

from tests.paths import PICTURES

_CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
_NEEDED = find_spec("playwright") and _CHROMIUM


async def test_the_portal_passes_the_api_through_and_nothing_without_a_key(stack):
    stack.await_ready()
    async with httpx.AsyncClient(base_url=stack.portal_url, timeout=30) as http:
        assert (await http.get("/")).headers["content-security-policy"].startswith("default-src 'none'")
        assert (await http.get("/v1/models")).status_code == 401
        answer = await http.get("/v1/models", headers={"X-API-Key": stack.key})
        assert len(answer.json()["models"]) >= 6
        picture = {"image": (PICTURES / "group.jpg").read_bytes()}
        found = await http.post("/v1/detect", files=picture, headers={"X-API-Key": stack.key})
        assert len(found.json()["faces"]) == 6


@pytest.mark.skipif(
    not _NEEDED, reason="needs Playwright and Chromium: `make test-browser` installs the former"
)
def test_a_photo_is_analysed_in_a_browser_with_a_key(stack):
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # not in the lock of the other tests

    stack.await_ready()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        asked = set()
        page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
        page.goto(stack.portal_url)
        page.get_by_text("This server needs a key").wait_for()
        page.get_by_role("button", name="Enter a key").click()
        page.get_by_label("Key", exact=True).fill(stack.key)
        page.get_by_role("button", name="Use this key").click()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Choose pictures").click()
        chooser.value.set_files(str(PICTURES / "group.jpg"))
        page.get_by_text(re.compile(r"6 faces in .*group\.jpg")).wait_for(timeout=60_000)
        browser.close()
    assert {urlsplit(stack.portal_url).netloc} == {host for host in asked if host}
