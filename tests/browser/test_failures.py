"""A key that is needed and revoked, one service killed, the whole server gone: the portal says so, the rest goes on."""

import re
from contextlib import ExitStack

import httpx
import pytest

from tests.browser.conftest import ADMIN_KEY, Running, all_in_one
from tests.browser.steps import MONA_LISA, PORTRAIT, analysed, choose, panel

SERVICES = ("detector", "attributes", "emotion")
NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody listens


class Apart:
    """Portal, gateway and three services, each a process; the other services do not run, nor does a database."""

    def __init__(self, stack: ExitStack) -> None:
        self.services = {
            name: stack.enter_context(Running("serving", name, HEXAFACE_THREADS="1")) for name in SERVICES
        }
        urls = {f"HEXAFACE_{name.upper()}_URL": service.url for name, service in self.services.items()}
        absent = {f"HEXAFACE_{name}_URL": NOWHERE for name in ("EMBEDDER", "KEYPOINTS", "GENERATOR")}
        gateway = stack.enter_context(Running("gateway", **urls, **absent))
        portal = stack.enter_context(Running("portal", port="HEXAFACE_PORTAL_PORT", HEXAFACE_URL=gateway.url))
        for process in (*self.services.values(), gateway, portal):
            process.ready()
        self.url = portal.url


@pytest.fixture(scope="module")
def apart():
    with ExitStack() as stack:
        yield Apart(stack)


def test_one_service_less_costs_its_own_part_and_is_named(apart, open_page):
    page = open_page(apart.url, "/")
    choose(page, MONA_LISA)
    panel(page).get_by_role("heading", name="Expression").wait_for()
    apart.services["emotion"].kill()
    page.reload()
    page.goto(f"{apart.url}/server")
    page.get_by_text(re.compile("parts are away; the rest works")).wait_for()
    page.get_by_text("emotion: The expression is missing.").wait_for()
    page.get_by_role("link", name="Studio").click()
    page = open_page(apart.url, "/")
    choose(page, MONA_LISA)
    panel(page).get_by_role("heading", name="Age", exact=True).wait_for()
    assert panel(page).get_by_role("heading", name="Expression").count() == 0
    panel(page).get_by_role("button", name="Back to the whole picture").click()
    alert = panel(page).get_by_role("alert")
    alert.get_by_text("Expression", exact=True).wait_for()
    alert.get_by_text("Comparing and names", exact=True).wait_for()


def test_what_needs_an_absent_part_says_so_where_it_would_be(apart, open_page):
    page = open_page(apart.url, "/generate")
    page.get_by_role("button", name="Generate", exact=True).click()
    page.get_by_role("alert").get_by_text("A part of the server is away").wait_for()
    page = open_page(apart.url, "/people")
    page.get_by_role("alert").get_by_text("A part of the server is away").wait_for()


def test_a_killed_detector_fails_the_picture_and_it_can_be_tried_again(apart, open_page):
    page = open_page(apart.url, "/")
    apart.services["detector"].kill()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose pictures").click()
    chooser.value.set_files(MONA_LISA)
    alert = page.get_by_role("alert")
    alert.get_by_text("A part of the server is away").wait_for()
    alert.get_by_role("button", name="Try again").click()
    page.get_by_role("alert").get_by_text("A part of the server is away").wait_for()


def test_a_needed_key_is_asked_for_a_revoked_one_and_a_server_that_is_gone_are_said(home_factory, open_page):
    with all_in_one(home_factory(), HEXAFACE_ADMIN_KEY=ADMIN_KEY) as product:
        product.ready()
        keys, admin = f"{product.url}/v1/keys", {"X-API-Key": ADMIN_KEY}
        wanted = {"name": "portal", "scopes": ["analyze", "identify", "enrol"]}
        made = httpx.post(keys, json=wanted, headers=admin).json()
        page = open_page(product.url, "/")
        page.get_by_text("This server needs a key").wait_for()
        page.get_by_role("link", name="Key needed").click()
        page.get_by_text("This server needs a key for everything it does.").wait_for()
        page.get_by_role("button", name="Enter a key").first.click()
        page.get_by_role("textbox", name="Key").fill(made["key"])
        page.get_by_role("button", name="Use this key").click()
        page.get_by_text("A key is in use in this tab.").wait_for()
        page.get_by_role("link", name="Studio").click()
        choose(page, MONA_LISA)
        httpx.delete(f"{keys}/{made['id']}", headers=admin).raise_for_status()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Picture", exact=True).click()
        chooser.value.set_files(MONA_LISA)
        alert = page.get_by_role("alert")
        alert.get_by_text("it may have been revoked").wait_for()
        alert.get_by_role("button", name="Enter a key").click()
        page.get_by_role("textbox", name="Key").fill(ADMIN_KEY)
        page.get_by_role("button", name="Use this key").click()
        analysed(page)
        product.kill()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Picture", exact=True).click()
        chooser.value.set_files(PORTRAIT)
        page.get_by_role("alert").get_by_text("The server does not answer").wait_for()
        page.get_by_role("group", name="Pictures").get_by_role(
            "button", name="mona_lisa.jpg, 1 faces"
        ).first.click()
        panel(page).get_by_role("heading", name="Age", exact=True).wait_for()


def test_pages_without_a_key_cost_the_server_no_memory(product):
    with httpx.Client(base_url=product.url) as client:
        for _ in range(50):
            client.get("/").raise_for_status()
        before = resident(product)
        for _ in range(300):
            client.get("/people").raise_for_status()
    assert resident(product) - before < 4 * 2**20


def resident(product: Running) -> int:
    import psutil  # noqa: PLC0415  # only where it is needed

    return int(psutil.Process(product._process.pid).memory_info().rss)
