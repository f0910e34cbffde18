"""The portal's container: its pages work against the gateway's container, over the published port."""

import re
import shutil
from importlib.util import find_spec
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
import socketio

from tests.paths import SAMPLES

_CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
_NEEDED = find_spec("playwright") and _CHROMIUM


async def _shown(url, key, enough):
    """What a browser that holds a key would be told to show on the home page, until it is `enough`: NiceGUI's protocol."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        shown = (await http.get("/")).text
    query = dict(re.findall(r"'(client_id|next_message_id)': '?([\w-]+)", shown))
    given = query | {"tab_id": "test", "document_id": "test", "implicit_handshake": "true"}
    wire = socketio.AsyncSimpleClient()
    await wire.connect(
        f"{url}/?{urlencode(given)}", socketio_path="/_nicegui_ws/socket.io", transports=["websocket"]
    )
    try:
        while not enough(shown):
            name, message = await wire.receive(timeout=30)
            if name == "run_javascript":  # the page asks for the key that this tab keeps
                answer = {"client_id": query["client_id"], "request_id": message["request_id"], "result": key}
                await wire.emit("javascript_response", answer)
            else:
                shown += repr(message)
    finally:
        await wire.disconnect()
    return shown


async def test_the_home_page_shows_the_services_and_models_behind_the_gateway(stack):
    stack.await_ready()
    shown = await _shown(
        stack.portal_url, stack.key, lambda text: text.count("hf-good") >= 6 and "mobilefacenet" in text
    )
    assert "not ready" not in shown
    assert "A valid API key is needed" not in shown


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
        page.goto(f"{stack.portal_url}/detection")
        page.locator(".hf-page").wait_for()
        page.locator(".hf-input input[type=file]").first.set_input_files(str(SAMPLES / "group.jpg"))
        page.get_by_role("button", name="Find the faces", exact=True).click()
        page.get_by_role("button", name="Enter an API key").click()
        page.get_by_label("Key", exact=True).fill(stack.key)
        page.get_by_role("button", name="Use this key").click()
        page.get_by_role("button", name="Find the faces", exact=True).click()
        page.get_by_text(re.compile(r"found in \d+ ms")).wait_for(timeout=60_000)
        assert page.locator(".hf-stage svg g[data-tip]").count() == 6
        browser.close()
    assert {urlsplit(stack.portal_url).netloc} == {host for host in asked if host}
