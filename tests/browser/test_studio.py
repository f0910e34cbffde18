"""The Studio: a picture is analysed as it arrives, and every face can be looked at and acted upon."""

import re
from base64 import b64encode
from pathlib import Path

import pytest

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.steps import (
    EARLIER,
    MEETING,
    MONA_LISA,
    PORTRAIT,
    SOLVAY,
    analysed,
    choose,
    faces,
    panel,
    picture,
    take_sample,
)
from tests.embedded.test_masks import masked
from tests.paths import SAMPLES


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_sample_is_analysed_at_once_and_says_everything_of_its_face(portal, width):
    page = portal("/", width=width)
    take_sample(page, "Mona Lisa")
    shown = panel(page)
    for name in ("Age", "Looks", "Expression", "Head", "Gaze", "Face muscles", "Quality"):
        shown.get_by_role("heading", name=name, exact=True).wait_for()
    assert re.search(r"80 % between \d+ and \d+", shown.inner_text())
    assert page.evaluate("document.documentElement.scrollWidth") == width


GIVE = """([type, name, base64]) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, {type: "image/jpeg"}));
    const given = type === "paste" ? {clipboardData: data} : {dataTransfer: data};
    document.body.dispatchEvent(new (type === "paste" ? ClipboardEvent : DragEvent)(type, {bubbles: true, cancelable: true, ...given}));
}"""


@pytest.mark.parametrize(("way", "path"), [("drop", "/server"), ("paste", "/")])
def test_a_picture_can_be_dropped_or_pasted_on_any_page(portal, way, path):
    page = portal(path)
    page.evaluate(GIVE, [way, f"{way}.jpg", b64encode(Path(MONA_LISA).read_bytes()).decode()])
    analysed(page)
    page.get_by_text(re.compile(rf"1 face in .* · {way}\.jpg")).wait_for()


def test_a_picture_can_be_shot(portal):
    page = portal("/")
    page.get_by_role("button", name="Take one").click()
    page.get_by_role("button", name="Take the picture").click()
    analysed(page)
    assert faces(page).count() == 1


def test_a_file_that_is_no_picture_is_refused_before_it_is_sent(portal):
    page = portal("/")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if "/v1/analyze" in request.url else None)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose pictures").click()
    chooser.value.set_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    page.get_by_text("a.jpg is not a picture, or it is damaged.").wait_for()
    assert sent == []


def test_a_picture_without_a_face_is_no_error(portal):
    page = portal("/")
    choose(page, {"name": "grey.png", "mimeType": "image/png", "buffer": picture(320, 240)})
    page.get_by_text("No face was found on this picture.").wait_for()
    assert page.get_by_role("alert").count() == 0


def test_faces_are_reached_chosen_and_left_with_the_keyboard_alone(portal):
    page = portal("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Sample: A meeting, 2013":
            break
    page.keyboard.press("Enter")
    analysed(page)
    first = faces(page).first
    for _ in range(30):
        page.keyboard.press("Tab")
        if first.evaluate("(face) => face === document.activeElement"):
            break
    page.keyboard.press("ArrowRight")
    chosen = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert re.match(r"Face \d+ of 1[01]", chosen)
    number = re.match(r"Face (\d+)", chosen)[1]
    panel(page).get_by_role("heading", name=f"Face {number}", exact=True).wait_for()
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") != chosen


def test_a_face_of_a_few_pixels_is_marked_and_nothing_confident_is_said_of_it(portal):
    page = portal("/")
    choose(page, small_meeting())
    faces(page).and_(page.get_by_label(re.compile("the estimates mean little"))).first.click(force=True)
    shown = panel(page)
    shown.get_by_text(re.compile("^(Too small|Blurred): the estimates mean little$")).first.wait_for()
    assert not shown.get_by_role("heading", name="Age").is_visible()
    shown.get_by_text("What the models say all the same").click()
    shown.get_by_role("heading", name="Age").wait_for()


def test_a_mask_and_a_picture_held_up_are_said_with_how_sure_that_is(portal):
    page = portal("/")
    masked_photo = masked((SAMPLES / "astronaut.jpg").read_bytes())
    choose(page, {"name": "masked.jpg", "mimeType": "image/jpeg", "buffer": masked_photo})
    shown = panel(page)
    shown.get_by_text(
        re.compile("^(May wear|Wears) a mask: expression and identity are less sure")
    ).first.wait_for()
    shown.get_by_text("mask", exact=True).first.wait_for()
    choose(page, str(SAMPLES / "van_gogh.jpg"))
    page.get_by_role("button", name=re.compile("^van_gogh.jpg")).click()
    said = shown.get_by_text(re.compile("^Looks like a picture or a screen held up")).inner_text()
    assert int(re.search(r"\((\d+) %\)", said)[1]) >= 50
    shown.get_by_text(re.compile("^No mask$")).first.wait_for()


def test_nothing_lies_under_the_switches_and_a_picture_can_be_forgotten(portal):
    page = portal("/", width=PHONE)
    choose(page, PORTRAIT)
    switches = page.get_by_role("group", name="Layers").bounding_box()
    assert faces(page).first.bounding_box()["y"] >= switches["y"] + switches["height"]
    page.get_by_role("button", name="Forget this picture").click()
    page.get_by_role("button", name="Choose pictures").wait_for()
    assert page.get_by_role("group", name="Layers").count() == 0


def small_meeting() -> dict[str, object]:
    import io  # noqa: PLC0415  # only where it is needed

    from PIL import Image  # noqa: PLC0415  # only where it is needed

    content = io.BytesIO()
    with Image.open(MEETING) as opened:
        opened.resize((380, 254)).save(content, "JPEG", quality=95)
    return {"name": "small.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


def test_layers_are_switched_at_once_without_asking_the_server(portal):
    page = portal("/")
    take_sample(page, "Mona Lisa")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    drawn = "document.querySelector('.stage-overlay').toDataURL()"
    for name in ("Landmarks", "Mesh", "Gaze", "Boxes"):
        before = page.evaluate(drawn)
        layer = page.get_by_role("group", name="Layers").get_by_role("button", name=name)
        pressed = layer.get_attribute("aria-pressed")
        layer.click()
        page.wait_for_function(f"(before) => {drawn} !== before", arg=before)
        assert layer.get_attribute("aria-pressed") != pressed
    assert asked == []


def test_pictures_outlive_other_pages_back_and_a_reload(portal):
    page = portal("/")
    choose(page, MONA_LISA)
    choose(page, PORTRAIT)
    page.get_by_role("link", name=re.compile("Server|Key needed")).click()
    page.get_by_role("heading", name="Server", exact=True).wait_for()
    page.go_back()
    page.get_by_text("obama_portrait_2012.jpg").first.wait_for()
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/analyze" in request.url else None)
    page.reload()
    page.get_by_role("group", name="Pictures").get_by_role("button", name="mona_lisa.jpg, 1 faces").wait_for()
    assert asked == []
    panel(page).get_by_role("heading", name="Age", exact=True).wait_for()
    assert (
        page.evaluate("async () => (await caches.keys()).length + (await indexedDB.databases()).length") == 0
    )


def test_another_tab_knows_nothing_of_the_pictures(portal):
    choose(portal("/"), MONA_LISA)
    portal("/").get_by_role("button", name="Choose pictures").wait_for()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_two_faces_of_different_pictures_are_compared_by_clicking_them(portal, width):
    page = portal("/", width=width)
    choose(page, PORTRAIT, EARLIER)
    page.get_by_role("button", name=re.compile("^obama_portrait_2012.jpg")).click()
    panel(page).get_by_role("button", name="Compare").click()
    page.get_by_role("button", name=re.compile("^obama_2009.jpg")).click()
    faces(page).first.click(force=True)
    dialog = page.get_by_role("dialog", name="Is it the same person?")
    dialog.get_by_text(re.compile("^(The same person|Not the same person)$")).wait_for()
    dialog.get_by_label("Different people taken for the same").select_option("0.01")
    dialog.get_by_text("The same person", exact=True).wait_for()
    assert "largest" not in dialog.inner_text()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def test_two_faces_of_one_picture_are_not_the_same_and_that_is_no_error(portal):
    page = portal("/")
    choose(page, MEETING)
    faces(page).nth(0).click(force=True)
    panel(page).get_by_role("button", name="Compare").click()
    faces(page).nth(1).click(force=True)
    dialog = page.get_by_role("dialog", name="Is it the same person?")
    dialog.get_by_text("Not the same person", exact=True).wait_for()
    assert dialog.get_by_role("alert").count() == 0


def test_an_enrolled_person_is_found_and_named_on_a_group_picture(portal):
    page = portal("/")
    choose(page, PORTRAIT)
    panel(page).get_by_role("button", name="Enrol").click()
    dialog = page.get_by_role("dialog", name="Enrol this face")
    dialog.get_by_label("Name", exact=True).fill("Barack Obama")
    dialog.get_by_role("button", name="Enrol", exact=True).click()
    dialog.wait_for(state="hidden")
    panel(page).get_by_role("heading", name="Barack Obama").wait_for()
    choose(page, MEETING)
    faces(page).nth(1).wait_for()  # until then the portrait is on the stage
    named = faces(page).and_(page.get_by_label(re.compile("Barack Obama")))
    named.first.wait_for()
    assert named.count() == 1
    named.click(force=True)
    panel(page).get_by_text(re.compile("^A match in ")).wait_for()
    panel(page).get_by_label("Names from the collection").select_option("")
    panel(page).get_by_role("heading", name=re.compile(r"^Face \d+$")).wait_for()


def test_a_crowd_of_29_fits_a_phone(portal):
    page = portal("/", width=PHONE)
    choose(page, SOLVAY)
    assert faces(page).count() == 29
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE
