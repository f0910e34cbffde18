"""Keyboard, screen reader, phone, dark and light, and what the portal says when something is wrong."""

import io
from base64 import b64encode
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.browser.conftest import ADMIN_KEY, PAGES, Running, all_in_one
from tests.browser.test_applications import ASTRONAUT, GROUP, HOPPER, process, verify

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


def faceless() -> dict[str, object]:
    picture = io.BytesIO()
    Image.new("RGB", (320, 240), "#808080").save(picture, "PNG")
    return {"name": "grey.png", "mimeType": "image/png", "buffer": picture.getvalue()}


def test_a_picture_without_a_face_is_no_error_and_is_said(portal):
    page = portal("/emotion")
    page.locator(".hf-input input[type=file]").first.set_input_files(faceless())
    page.get_by_role("button", name="Read the emotions").click()
    page.get_by_text("No face was found in this picture.").wait_for()
    page.get_by_text("0 faces found").wait_for()


def test_a_comparison_without_a_face_says_which_picture_has_none(portal):
    page = portal("/verification")
    for name, picture in (("First picture", ASTRONAUT), ("Second picture", faceless())):
        page.get_by_role("group", name=name, exact=True).locator("input[type=file]").set_input_files(picture)
    page.get_by_role("button", name="Compare the faces").click()
    problem = page.locator(".hf-problem")
    problem.get_by_text("No face found").wait_for()
    assert "image_b" in problem.inner_text()


def test_no_picture_is_said_plainly(portal):
    page = portal("/detection")
    page.get_by_role("button", name="Find the faces").click()
    assert "No picture yet" in page.locator(".hf-problem").inner_text()


GIVE = """([type, name, base64]) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, {type: "image/jpeg"}));
    const given = type === "paste" ? {clipboardData: data} : {dataTransfer: data};
    const target = type === "paste" ? document : document.querySelector(".hf-input");
    target.dispatchEvent(new (type === "paste" ? ClipboardEvent : DragEvent)(type, {bubbles: true, ...given}));
}"""


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_a_picture_can_be_dropped_or_pasted_and_is_processed(portal, way):
    page = portal("/detection")
    page.locator(".hf-input").wait_for()
    page.evaluate(GIVE, [way, f"{way}.jpg", b64encode(Path(ASTRONAUT).read_bytes()).decode()])
    page.get_by_text(f"{way}.jpg").wait_for()
    page.get_by_role("button", name="Find the faces").click()
    page.get_by_text("1 face found").wait_for()


def test_pictures_can_be_dropped_on_the_folder(portal):
    page = portal("/folder")
    page.locator(".hf-input").wait_for()
    page.evaluate(GIVE, ["drop", "dropped.jpg", b64encode(Path(ASTRONAUT).read_bytes()).decode()])
    page.get_by_text("1 picture chosen").wait_for()
    page.get_by_role("button", name="Analyse them all").click()
    page.get_by_text("Done: 1 row, 0 failures.").wait_for()


def test_the_menu_of_a_phone_opens_and_closes_with_the_keyboard(portal):
    page = portal("/detection", width=360)
    menu = page.get_by_role("button", name="Applications")
    menu.focus()
    page.keyboard.press("Enter")
    link = page.get_by_role("navigation").get_by_role("link", name="Folder")
    link.focus()
    page.keyboard.press("Escape")
    link.wait_for(state="hidden")
    menu.focus()
    page.keyboard.press("Enter")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/folder")


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


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_serious_accessibility_finding(portal, path):
    assert _serious(portal(path)) == []


@pytest.mark.parametrize(
    ("path", "verb"),
    [
        ("/detection", "Find the faces"),
        ("/attributes", "Estimate age, gender and race"),
        ("/emotion", "Read the emotions"),
        ("/keypoints", "Find the keypoints"),
    ],
)
def test_a_result_fits_a_phone_and_has_no_serious_accessibility_finding(portal, path, verb):
    page = portal(path, width=360)
    process(page, GROUP, verb)
    _unfold(page)
    assert _serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_verification_fits_a_phone_and_has_no_serious_accessibility_finding(portal):
    page = portal("/verification", width=360)
    verify(page, ASTRONAUT, HOPPER)
    _unfold(page)
    assert _serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_folder_and_generated_faces_fit_a_phone_and_have_no_serious_accessibility_finding(portal):
    page = portal("/folder", width=360)
    page.locator("input[type=file]").first.set_input_files([ASTRONAUT, GROUP])
    page.get_by_role("button", name="Analyse them all").click()
    page.get_by_text("Done: 7 rows, 0 failures.").wait_for()
    assert _serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page = portal("/generation", width=360)
    page.get_by_role("button", name="Generate", exact=True).click()
    page.get_by_text("16 faces from seed").wait_for()
    _unfold(page)
    assert _serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def _unfold(page) -> None:
    for fold in ("The request, to copy", "The answer as JSON"):
        page.get_by_text(fold).click()


def _serious(page) -> list[str]:
    """What axe-core calls serious, in light and in dark."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.locator("body.body--dark").wait_for(state="attached" if scheme == "dark" else "detached")
        page.wait_for_timeout(700)  # colours fade over
        found += [
            f"{scheme}: {finding['id']}: {finding['nodes'][0]['html'][:200]}"
            for finding in axe.Axe().run(page).response["violations"]
            if finding["impact"] in ("serious", "critical")
        ]
    return found


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


def test_the_api_documentation_opens_without_asking_another_host(product, open_page):
    page = open_page(product.url, "/docs", content=".opblock")
    assert page.locator(".opblock").count() > 15
    page.locator(".opblock").first.click()
    page.get_by_role("button", name="Try it out").first.wait_for()


def test_an_unknown_route_of_the_api_stays_a_problem(product):
    answer = httpx.get(f"{product.url}/v1/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_the_portal_alone_asks_for_a_key_keeps_it_in_the_session_and_says_when_the_server_is_gone(
    open_page, home_factory
):
    with (
        all_in_one(home_factory(), HEXAFACE_ADMIN_KEY=ADMIN_KEY) as server,
        Running("portal", port="HEXAFACE_PORTAL_PORT", HEXAFACE_URL=server.url) as alone,
    ):
        server.ready()
        page = open_page(alone.ready().url, "/identification")
        page.locator(".hf-problem").get_by_text("A valid API key is needed").wait_for()
        page.get_by_role("button", name="Enter an API key").click()
        page.get_by_label("Key", exact=True).fill(ADMIN_KEY)
        page.keyboard.press("Enter")
        page.get_by_text("There is no collection yet").wait_for()
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
