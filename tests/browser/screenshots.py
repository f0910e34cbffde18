"""`python -m tests.browser.screenshots [PAGE ...]`: the pictures of docs/portal.md anew, from the product as it is."""

import io
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageColor
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, all_in_one, webcam
from tests.browser.test_applications import ASTRONAUT, GROUP, HOPPER, process, verify
from tests.paths import ROOT

FOLDER = ROOT / "docs" / "images" / "portal"
_FADE_MS = 800
_TALL = 3000
_LIVE_MS = 12_000


def home(page: Page) -> None:
    page.get_by_role("region", name="Services").get_by_text("ready", exact=True).nth(5).wait_for()


def detection(page: Page) -> None:
    process(page, GROUP, "Find the faces")


def verification(page: Page) -> None:
    page.get_by_label("Which face").select_option("largest")
    verify(page, HOPPER, GROUP)


def identification(page: Page) -> None:
    page.get_by_label("New collection").fill("crew")
    page.get_by_role("button", name="Create", exact=True).click()
    for subject, name, picture in (("eileen", "Eileen", ASTRONAUT), ("grace", "Grace", HOPPER)):
        page.get_by_label("Id (letters").fill(subject)
        page.get_by_label("Name (optional)").fill(name)
        page.get_by_role("button", name="Add a person").click()
        person = page.get_by_role("group", name=subject, exact=True)
        person.locator("input[type=file]").first.set_input_files(picture)
        person.get_by_text("1 of 1 pictures enrolled.").wait_for()
    page.locator("[aria-label='picture'] input[type=file]").set_input_files(GROUP)
    page.get_by_role("button", name="Identify", exact=True).click()
    page.get_by_role("article", name="Face 6").wait_for()


def attributes(page: Page) -> None:
    process(page, GROUP, "Estimate age, gender and race")


def emotion(page: Page) -> None:
    process(page, GROUP, "Read the emotions")
    page.get_by_role("button", name="Start the webcam").click()
    page.locator(".hf-chart svg").wait_for()
    page.wait_for_timeout(_LIVE_MS)


def keypoints(page: Page) -> None:
    process(page, ASTRONAUT, "Find the keypoints")
    page.get_by_role("button", name="Zoom to this face").click()


def generation(page: Page) -> None:
    page.get_by_label("Seed (empty").fill("42")
    page.get_by_role("button", name="Generate", exact=True).click()
    page.get_by_text("16 faces from seed 42.").wait_for()
    page.get_by_role("button", name="Run the study").click()
    page.get_by_text("Done: 10 of 10 batches counted.").wait_for()


def folder(page: Page) -> None:
    page.get_by_role("button", name="Use the sample pictures").click()
    page.get_by_text("3 pictures chosen").wait_for()
    page.get_by_role("button", name="Analyse them all").click()
    page.get_by_text(re.compile(r"Done: 8 rows")).wait_for()
    page.get_by_role("button", name="age", exact=True).click()


# File name -> what happens on the page, its path, its width and its colours.
PICTURES: dict[str, tuple[Callable[[Page], None], str, int, str]] = {
    "home": (home, "/", 1280, "light"),
    "detection": (detection, "/detection", 1280, "light"),
    "detection-phone": (detection, "/detection", 390, "light"),
    "verification": (verification, "/verification", 1280, "light"),
    "identification": (identification, "/identification", 1280, "light"),
    "attributes": (attributes, "/attributes", 1280, "light"),
    "emotion-dark": (emotion, "/emotion", 1280, "dark"),
    "keypoints": (keypoints, "/keypoints", 1280, "light"),
    "generation": (generation, "/generation", 1280, "light"),
    "folder-dark": (folder, "/folder", 1280, "dark"),
}

# What the README shows small: the page, from which row to which.
README = {"attributes": (150, 1195), "keypoints": (150, 1395), "generation": (590, 1330)}
_SMALL_WIDTH = 640


def main(names: list[str]) -> None:
    """Make the named pictures, or all."""
    home_folder = Path(tempfile.mkdtemp(prefix="hexaface-"))
    camera = webcam(Path(tempfile.mkdtemp()))
    with all_in_one(home_folder) as product, sync_playwright() as playwright:
        product.ready()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, camera])
        for name in names or list(PICTURES):
            _picture(browser, product.url, name)
        browser.close()


def _picture(browser: Browser, url: str, name: str) -> None:
    act, path, width, scheme = PICTURES[name]
    context = browser.new_context(viewport={"width": width, "height": _TALL}, color_scheme=scheme)
    context.set_default_timeout(600_000)
    page = context.new_page()
    page.goto(url + path)
    page.locator(".hf-page").wait_for()
    act(page)
    page.mouse.move(2, 2)
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(_FADE_MS)
    # Not a full-page picture: it would scroll what is zoomed to its corner.
    end = page.evaluate("document.querySelector('.hf-page').getBoundingClientRect().bottom")
    shot = Image.open(io.BytesIO(page.screenshot(clip={"x": 0, "y": 0, "width": width, "height": end})))
    shot = shot.convert("RGB")
    _save(shot, name)
    if name in README:
        top, bottom = README[name]
        small = shot.crop((0, top, width, min(bottom, shot.height)))
        small.thumbnail((_SMALL_WIDTH, small.height))
        _save(small, f"small-{name}")
    context.close()


def _save(picture: Image.Image, name: str) -> None:
    # A palette is a third of the size; the page's own colours stay as they are, the photos share the others.
    page = [channel for colour in _page_colours() for channel in ImageColor.getrgb(colour)]
    photo = picture.quantize(256 - len(page) // 3).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette(page + photo[: 768 - len(page)])
    few = picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    few.save(FOLDER / f"{name}.png", optimize=True)


def _page_colours() -> list[str]:
    style = (ROOT / "portal" / "static" / "portal.css").read_text()
    drawn = (ROOT / "portal" / "drawing.py").read_text()
    return sorted(set(re.findall(r"#[0-9a-f]{6}\b", style + drawn)))


if __name__ == "__main__":
    main(sys.argv[1:])
