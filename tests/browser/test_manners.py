"""Keyboard, screen reader, phone, dark and light, and what the portal says when something is wrong."""

import httpx
import pytest

from tests.browser.conftest import ADMIN_KEY, PAGES, Running, free_port
from tests.browser.test_applications import ASTRONAUT, process

axe = pytest.importorskip("axe_playwright_python.sync_playwright")


def send(page, picture: dict[str, object]) -> str:
    page.locator(".hf-input input[type=file]").first.set_input_files(picture)
    page.get_by_role("button", name="Find the faces").click()
    return page.locator(".hf-problem").inner_text()


def test_a_file_that_is_no_picture_is_refused_in_the_problems_own_words(portal):
    said = send(portal("/detection"), {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    assert "Not a supported image" in said
    assert "status 415" in said


def test_a_file_over_the_limit_is_refused_before_it_travels(portal):
    said = send(
        portal("/detection"), {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"0" * (10 * 2**20 + 1)}
    )
    assert "the upload is over the limit of 10 MiB" in said


def test_no_picture_is_said_plainly(portal):
    page = portal("/detection")
    page.get_by_role("button", name="Find the faces").click()
    assert "No picture yet" in page.locator(".hf-problem").inner_text()


def test_a_picture_can_be_dropped_and_pasted(portal):
    page = portal("/detection")
    give = """([type, event]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(9)], event + "ed.png", {type: "image/png"}));
        const given = type === "paste" ? {clipboardData: data} : {dataTransfer: data};
        const target = type === "paste" ? document : document.querySelector(".hf-input");
        target.dispatchEvent(new (type === "paste" ? ClipboardEvent : DragEvent)(type, {bubbles: true, ...given}));
    }"""
    page.evaluate(give, ["drop", "dropp"])
    page.get_by_text("dropped.png").wait_for()
    page.evaluate(give, ["paste", "past"])
    page.get_by_text("pasted.png").wait_for()


def test_detection_works_with_the_keyboard_alone(portal):
    page = portal("/detection")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Use the sample Astronaut":
            break
    page.keyboard.press("Enter")
    page.get_by_text("astronaut.jpg").wait_for()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Find the faces":
            break
    page.keyboard.press("Enter")
    page.get_by_text("1 face found").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_accessibility_finding(portal, scheme):
    found = {path: _serious(portal(path, scheme=scheme)) for path in PAGES}
    assert {path: [] for path in PAGES} == found


def test_a_result_has_no_serious_accessibility_finding(portal):
    page = portal("/keypoints", scheme="dark")
    process(page, ASTRONAUT, "Find the keypoints")
    page.get_by_text("The request, to copy").click()
    assert _serious(page) == []


def _serious(page) -> list[str]:
    page.wait_for_timeout(700)
    findings = axe.Axe().run(page).response["violations"]
    return [
        f"{finding['id']}: {finding['nodes'][0]['html'][:200]}"
        for finding in findings
        if finding["impact"] in ("serious", "critical")
    ]


def test_every_page_fits_a_phone(portal):
    page = portal("/", width=360)
    for path in PAGES:
        page.goto(page.url.rpartition("/")[0] + path)
        page.locator(".hf-page").wait_for()
        assert (path, 360) == (path, page.evaluate("document.documentElement.scrollWidth"))


def test_the_chosen_colours_outlive_a_reload(portal):
    page = portal("/folder", scheme="light")
    page.get_by_role("button", name="Dark or light").click()
    page.locator("body.body--dark").wait_for()
    page.reload()
    page.locator("body.body--dark").wait_for()


def test_an_unknown_route_of_the_api_stays_a_problem(product):
    answer = httpx.get(f"{product.url}/v1/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_the_portal_alone_asks_for_a_key_keeps_it_in_the_session_and_says_when_the_server_is_gone(
    open_page, home_factory
):
    port, portal_port = free_port(), free_port()
    server = Running(
        ["hexaface.cli", "serve", "--port", str(port)], port,
        HEXAFACE_HOME=str(home_factory()), HEXAFACE_ADMIN_KEY=ADMIN_KEY, HEXAFACE_THREADS="1",
    )  # fmt: skip
    alone = Running(["portal"], portal_port, HEXAFACE_URL=server.url, HEXAFACE_PORTAL_PORT=str(portal_port))
    try:
        page = open_page(alone.url, "/detection")
        page.locator(".hf-input input[type=file]").first.set_input_files(ASTRONAUT)
        page.get_by_role("button", name="Find the faces").click()
        assert "A valid API key is needed" in page.locator(".hf-problem").inner_text()
        page.get_by_role("button", name="Enter an API key").click()
        page.get_by_label("Key", exact=True).fill(ADMIN_KEY)
        page.get_by_role("button", name="Use this key").click()
        page.get_by_role("dialog").wait_for(state="hidden")
        page.get_by_role("button", name="Find the faces").click()
        page.get_by_text("1 face found").wait_for()
        assert page.evaluate("sessionStorage.getItem('hexaface-key')") == ADMIN_KEY
        assert page.context.cookies() == []
        server.kill()
        page.get_by_role("button", name="Find the faces").click()
        page.get_by_text("The HexaFace server does not answer").wait_for()
    finally:
        server.stop()
        alone.stop()
