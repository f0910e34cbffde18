"""Live: the camera's faces with boxes, labels and the running expression; a clear stop."""

import re

import httpx
import pytest

from tests.browser.conftest import DESKTOP, PHONE
from tests.paths import SAMPLES

TRACKS = "document.querySelector('video').srcObject?.getTracks().length ?? 0"


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_camera_is_read_drawn_and_stopped(portal, width):
    page = portal("/live", width=width)
    page.get_by_role("button", name="Start the camera").click()
    page.get_by_text(re.compile(r"^1 face · [1-9]\d*\.\d a second|^1 face · 0\.[1-9] a second")).wait_for()
    page.get_by_text(re.compile(r"^Face 1 of 1, about \d+ years, \w+")).wait_for()
    page.get_by_text("a person", exact=True).wait_for()  # liveness, by the real model
    line = page.locator(".chart polyline").nth(6)
    line.wait_for(state="attached")
    assert re.match(r"[\d.]+,[\d.]+", line.get_attribute("points"))
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Start the camera").wait_for()
    assert page.evaluate(TRACKS) == 0


def test_only_one_frame_is_under_way_at_any_time(portal):
    page = portal("/live")
    under_way, most = [0], [0]

    def begin(request) -> None:
        if "/v1/analyze" in request.url:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])

    def end(request) -> None:
        under_way[0] -= "/v1/analyze" in request.url

    page.on("request", begin)
    page.on("requestfinished", end)
    page.get_by_role("button", name="Start the camera").click()
    page.get_by_text(re.compile("^1 face")).wait_for()
    page.wait_for_timeout(3000)
    assert most[0] == 1


def test_who_is_before_the_camera_is_looked_up(portal, product):
    subjects = f"{product.url}/v1/collections/crew/subjects"
    httpx.post(f"{product.url}/v1/collections", json={"id": "crew"})
    httpx.post(subjects, json={"id": "eileen", "name": "Eileen"})
    picture = {"image": (SAMPLES / "astronaut.jpg").read_bytes()}
    httpx.post(f"{subjects}/eileen/faces", files=picture, timeout=60).raise_for_status()
    page = portal("/live")
    page.get_by_label("Who is this").select_option("crew")
    page.get_by_role("button", name="Start the camera").click()
    page.get_by_text(re.compile("^Face 1 of 1, Eileen")).wait_for()
    httpx.delete(f"{product.url}/v1/collections/crew")


def test_leaving_the_page_ends_the_camera(portal):
    page = portal("/live")
    page.get_by_role("button", name="Start the camera").click()
    page.get_by_text(re.compile("^1 face")).wait_for()
    stream = page.evaluate_handle("document.querySelector('video').srcObject")
    page.get_by_role("link", name="Folder").click()
    page.get_by_role("heading", name="Folder").wait_for()
    assert stream.evaluate("(stream) => stream.getTracks().every((track) => track.readyState === 'ended')")
