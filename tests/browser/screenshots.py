"""`python -m tests.browser.screenshots [NAME ...]`: the pictures of docs/portal.md anew, from the product as it is."""

import io
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, all_in_one, webcam
from tests.browser.steps import (
    EARLIER,
    MEETING,
    MONA_LISA,
    PORTRAIT,
    choose,
    faces,
    panel,
    take_sample,
)
from tests.paths import ROOT, SAMPLES

FOLDER = ROOT / "docs" / "images" / "portal"
HEIGHTS = {"phone": 844, "generate": 1290}
_SMALL_WIDTH = 640
_QUALITY = 84
_PEOPLE = (
    ("barack-obama", "Barack Obama", PORTRAIT),
    ("lisa-gherardini", "Lisa Gherardini", MONA_LISA),
    ("vincent-van-gogh", "Vincent van Gogh", str(SAMPLES / "van_gogh.jpg")),
    ("girl", "Girl with a Pearl Earring", str(SAMPLES / "pearl_earring.jpg")),
)


def studio(page: Page) -> None:
    take_sample(page, "Solvay Conference, 1927")
    faces(page).and_(page.get_by_label(re.compile("about 6[0-9] years"))).first.click(force=True)


def face(page: Page) -> None:
    take_sample(page, "Girl with a Pearl Earring")
    for layer in ("Mesh", "Gaze"):
        page.get_by_role("button", name=layer).click()


def phone(page: Page) -> None:
    take_sample(page, "Mona Lisa")


def compare(page: Page) -> None:
    choose(page, PORTRAIT, MEETING)
    page.get_by_role("button", name=re.compile("^obama_portrait")).click()
    panel(page).get_by_role("button", name="Compare").click()
    page.get_by_role("button", name=re.compile("^cabinet_meeting")).click()
    faces(page).and_(page.get_by_label(re.compile("Barack Obama"))).first.click(force=True)
    page.get_by_role("dialog").get_by_text("The same person", exact=True).wait_for()


def people(page: Page) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a picture").click()
    chooser.value.set_files(MEETING)
    page.locator(".answer.match").wait_for()
    page.locator(".person-row", has_text="Barack Obama").click()
    panel_ = page.get_by_role("complementary", name="Person")
    panel_.get_by_text("Nobody here is close enough").wait_for()


def folder(page: Page) -> None:
    page.get_by_role("button", name="Use the samples").click()
    page.get_by_text(re.compile(r"^Done: \d+ pictures")).wait_for()
    page.get_by_role("region", name="The same person").get_by_role("heading").wait_for()
    page.get_by_role("button", name="Age", exact=True).click()


def live(page: Page) -> None:
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_timeout(15_000)


def generate(page: Page) -> None:
    page.get_by_label("Seed", exact=True).fill("42")
    page.get_by_role("button", name="Generate", exact=True).click()
    page.get_by_text("16 faces from seed 42.").wait_for()
    page.get_by_role("button", name="Run the study").click()
    page.get_by_text("Done: 10 of 10 batches counted.").wait_for()


def server(page: Page) -> None:
    page.get_by_role("heading", name="keypoints").wait_for()


# File name -> what happens on the page, its path, its width and its colours.
PICTURES: dict[str, tuple[Callable[[Page], None], str, int, str]] = {
    "studio": (studio, "/", 1280, "light"),
    "face-dark": (face, "/", 1280, "dark"),
    "phone": (phone, "/", 390, "light"),
    "compare": (compare, "/", 1280, "light"),
    "people": (people, "/people?collection=crew", 1280, "light"),
    "folder-dark": (folder, "/folder", 1280, "dark"),
    "live": (live, "/live", 1280, "light"),
    "generate": (generate, "/generate", 1280, "light"),
    "server": (server, "/server", 1280, "light"),
}
README = ("studio", "face-dark", "people")


def main(names: list[str]) -> None:
    """Make the named pictures, or all."""
    FOLDER.mkdir(exist_ok=True)
    camera = webcam(Path(tempfile.mkdtemp()))
    with all_in_one(Path(tempfile.mkdtemp(prefix="hexaface-"))) as product, sync_playwright() as playwright:
        _enrol(product.ready().url)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, camera])
        for name in names or list(PICTURES):
            _picture(browser, product.url, name)
        browser.close()


def _enrol(url: str) -> None:
    with httpx.Client(base_url=url, timeout=120) as client:
        client.post("/v1/collections", json={"id": "crew"}).raise_for_status()
        for subject, name, picture in _PEOPLE:
            client.post(
                "/v1/collections/crew/subjects", json={"id": subject, "name": name}
            ).raise_for_status()
            files = {"image": Path(picture).read_bytes()}
            client.post(f"/v1/collections/crew/subjects/{subject}/faces", files=files).raise_for_status()
        # Half profile, as people stand before cameras.
        files = {"image": Path(EARLIER).read_bytes()}
        client.post(
            "/v1/collections/crew/subjects/barack-obama/faces", files=files, data={"on_low_quality": "flag"}
        ).raise_for_status()


def _picture(browser: Browser, url: str, name: str) -> None:
    act, path, width, scheme = PICTURES[name]
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHTS.get(name, 800)},
        color_scheme=scheme,
        has_touch=width < 700,
    )
    context.set_default_timeout(600_000)
    page = context.new_page()
    page.goto(url)
    names = '{"collection": "crew"}' if name in ("compare", "live") else "{}"
    page.evaluate(f"localStorage.setItem('hexaface-settings', '{names}')")
    page.goto(url + path)
    page.locator("main > *").first.wait_for()
    act(page)
    page.mouse.move(2, 2)
    page.wait_for_timeout(800)
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        picture = shot.convert("RGB")
    picture.save(FOLDER / f"{name}.jpg", quality=_QUALITY, optimize=True)
    if name in README:
        picture.thumbnail((_SMALL_WIDTH, _SMALL_WIDTH))
        picture.save(FOLDER / f"small-{name}.jpg", quality=_QUALITY, optimize=True)
    context.close()


if __name__ == "__main__":
    main(sys.argv[1:])
