"""One service killed in the middle, others never there: the portal says so and the rest goes on."""

import re
from contextlib import ExitStack

import pytest

from tests.browser.conftest import Running
from tests.browser.test_applications import ASTRONAUT, process
from tests.paths import SAMPLES

SERVICES = ("detector", "attributes", "emotion")
NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody listens
PICTURES = 24  # three seconds of work on a quiet machine: enough to be killed in the middle


class Apart:
    """Portal, gateway and three services, each a process; the other three services do not run, nor does a database."""

    def __init__(self, stack: ExitStack) -> None:
        self.services = {
            name: stack.enter_context(Running("serving", name, HEXAFACE_THREADS="1")) for name in SERVICES
        }
        urls = {f"HEXAFACE_{name.upper()}_URL": service.url for name, service in self.services.items()}
        absent = {f"HEXAFACE_{name}_URL": NOWHERE for name in ("EMBEDDER", "KEYPOINTS", "GENERATOR")}
        gateway = stack.enter_context(Running("gateway", **urls, **absent))
        self._portal = stack.enter_context(
            Running("portal", port="HEXAFACE_PORTAL_PORT", HEXAFACE_URL=gateway.url)
        )
        for process_ in (*self.services.values(), gateway, self._portal):
            process_.ready()
        self.url = self._portal.url


@pytest.fixture(scope="module")
def apart():
    with ExitStack() as stack:
        yield Apart(stack)


@pytest.fixture
def portal(apart, open_page):
    return lambda path: open_page(apart.url, path)


def test_what_is_not_there_is_said_in_the_problems_own_words(portal):
    page = portal("/generation")
    for button, place in (("Generate", "What to generate"), ("Run the study", "The imbalance study")):
        page.get_by_role("button", name=button, exact=True).click()
        problem = page.get_by_role("region", name=place).locator(".hf-problem")
        problem.get_by_text("A needed service is unavailable").wait_for()
        problem.get_by_text("the generator service cannot be reached").wait_for()
    page = portal("/identification")
    page.locator(".hf-problem").get_by_text("database").first.wait_for()


def test_a_service_killed_in_the_middle_of_a_folder_costs_its_own_column_only(portal, apart):
    page = portal("/folder")
    picture = (SAMPLES / "astronaut.jpg").read_bytes()
    page.locator("input[type=file]").first.set_input_files(
        [
            {"name": f"{index}.jpg", "mimeType": "image/jpeg", "buffer": picture + bytes(index)}
            for index in range(PICTURES)
        ]
    )
    page.get_by_role("button", name="Analyse them all").click()
    page.locator("tbody tr").nth(1).wait_for()
    apart.services["emotion"].kill()
    page.get_by_text(re.compile(rf"Done: {PICTURES} rows, \d+ failures\.")).wait_for()
    rows = [row.split("\t") for row in page.locator("tbody tr").all_inner_texts()]
    assert {("female", "happy"), ("female", "")} == {(row[5], row[7]) for row in rows}
    told = page.get_by_text(re.compile(r"^23\.jpg: without emotion: the emotion service"))
    assert "cannot be reached" in told.inner_text() or "left alone" in told.inner_text()


def test_a_killed_service_is_named_on_its_own_page_and_on_home_while_the_others_work(portal, apart):
    apart.services["emotion"].kill()
    page = portal("/emotion")
    process(page, ASTRONAUT, "Read the emotions")
    assert "emotion: the emotion service" in page.get_by_role("alert").inner_text()
    page.get_by_role("button", name="Start the webcam").click()
    page.get_by_text(re.compile("^Live: the emotion service")).wait_for()
    page = portal("/attributes")
    process(page, ASTRONAUT, "Estimate age, gender and race")
    assert page.get_by_role("article", name="Face 1").locator("dt").count() == 9
    page = portal("/")
    for name, said in (("Age, gender, race", "ready"), ("Emotion", "emotion not ready")):
        tile = page.locator(".hf-tile", has=page.get_by_role("heading", name=name, exact=True))
        tile.get_by_text(said, exact=True).wait_for()
    page.get_by_role("region", name="Services").get_by_text("cannot be reached").first.wait_for()


def test_without_the_detector_every_picture_is_refused_with_the_reason(portal, apart):
    apart.services["detector"].kill()
    page = portal("/detection")
    page.locator(".hf-input input[type=file]").first.set_input_files(ASTRONAUT)
    page.get_by_role("button", name="Find the faces").click()
    problem = page.locator(".hf-problem")
    problem.get_by_text("A needed service is unavailable").wait_for()
    problem.get_by_text("status 503").wait_for()
