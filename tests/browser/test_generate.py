"""Generation and the imbalance study."""

import re

from tests.browser.conftest import DESKTOP, PHONE


def sources(page) -> list[str]:
    return page.locator(".generated img").evaluate_all(
        """(images) => Promise.all(images.map(async (image) => {
            await image.decode();
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
            canvas.getContext("2d").drawImage(image, 0, 0);
            return canvas.toDataURL();
        }))"""
    )


def test_the_same_seed_gives_the_same_faces_and_one_opens_in_the_studio(portal):
    found = []
    for width in (DESKTOP, PHONE):
        page = portal("/generate", width=width)
        page.get_by_label("Seed", exact=True).fill("7")
        page.get_by_role("button", name="Generate", exact=True).click()
        page.get_by_text("16 faces from seed 7.").wait_for()
        found.append(sources(page))
    assert found[0] == found[1]
    assert len(set(found[0])) == 16
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("button", name="Analyse synthetic face 8 in the Studio").click()
    page.get_by_text(re.compile(r"· synthetic-7-8\.png")).wait_for()
    page.go_back()
    page.get_by_text("16 faces from seed 7.").wait_for()


def test_the_study_counts_batch_by_batch_and_can_be_cancelled(portal):
    page = portal("/generate")
    page.get_by_role("button", name="Run the study").click()
    study = page.get_by_role("region", name="The imbalance study")
    study.get_by_role("img", name=re.compile(r"^Counts per batch; overall .*(fe)?male \d+")).wait_for()
    study.get_by_role("button", name="Cancel").click()
    study.get_by_text(re.compile(r"^Cancelled: [1-9] of 10 batches counted\.")).wait_for()
    study.get_by_text(re.compile(r"^Of \d+ detected faces, the model calls \d+ %")).wait_for()
