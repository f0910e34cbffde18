"""What a person does on the pages, by the names that they would use."""

import io
import re

from PIL import Image

from tests.paths import SAMPLES

MEETING, PORTRAIT, EARLIER = (
    str(SAMPLES / name) for name in ("cabinet_meeting_2013.jpg", "obama_portrait_2012.jpg", "obama_2009.jpg")
)
MONA_LISA, SOLVAY = (str(SAMPLES / name) for name in ("mona_lisa.jpg", "solvay_1927.jpg"))
DONE = re.compile(r"^(\d+ faces?|No face)\b.*·")


def choose(page, *pictures) -> None:
    """Choose files where the page asks for pictures, and wait until the last one is analysed."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=re.compile("Choose pictures|^Picture$")).first.click()
    chooser.value.set_files(list(pictures))
    analysed(page)


def analysed(page) -> None:
    page.locator(".stage-said").filter(has_text=DONE).wait_for()
    page.locator(".strip-tile.busy, .strip-tile.waiting").first.wait_for(state="detached")


def take_sample(page, title: str) -> None:
    page.get_by_role("button", name=f"Sample: {title}").click()
    analysed(page)


def faces(page):
    """The faces on the stage, in the order of the answer."""
    return page.get_by_role("group", name="Faces; arrow keys").get_by_role("button")


def panel(page):
    return page.get_by_role("complementary", name="What was found")


def picture(width: int, height: int, colour: str = "#808080", kind: str = "PNG") -> bytes:
    """A picture without a face."""
    content = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(content, kind)
    return content.getvalue()
