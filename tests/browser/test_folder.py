"""The folder: many pictures in a table that sorts, filters, groups and is saved."""

import csv
import io
import re
from pathlib import Path

import pytest

from tests.browser.conftest import PHONE
from tests.browser.steps import MEETING, MONA_LISA, PORTRAIT, picture

parquet = pytest.importorskip("pyarrow.parquet")


def analyse(page, *files) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=re.compile("Choose pictures|Add pictures")).click()
    given = [
        named(Path(file).name, Path(file).read_bytes()) if isinstance(file, str) else file for file in files
    ]
    chooser.value.set_files(given)
    page.get_by_text(re.compile(r"^Done: \d+ picture")).wait_for()


def rows(page):
    return page.locator(".faces-table tbody tr")


def named(name: str, content: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def test_a_folder_is_a_table_that_sorts_filters_groups_and_is_saved(portal, tmp_path):
    page = portal("/folder")
    analyse(
        page,
        MEETING,
        PORTRAIT,
        MONA_LISA,
        named("grey.jpg", picture(300, 200, kind="JPEG")),
        named("bad.jpg", b"x"),
    )
    page.get_by_text(re.compile("1 failed")).wait_for()
    everything = rows(page).count()
    assert everything >= 14
    groups = page.get_by_role("region", name="The same person")
    groups.get_by_role("button", name="Group 1, 2 faces: show them only").click()
    page.get_by_text(f"2 of {everything} rows").wait_for()
    assert {"obama_portrait_2012.jpg", "cabinet_meeting_2013.jpg"} == {
        row.split("\t")[1] for row in rows(page).all_inner_texts()
    }
    groups.get_by_role("button", name="Group 1").click()
    page.get_by_role("button", name="Age", exact=True).click()
    ages = [int(row.split("\t")[4]) for row in rows(page).all_inner_texts() if row.split("\t")[4].isdigit()]
    assert ages == sorted(ages)
    page.get_by_label("Quality").select_option("problems")
    page.get_by_text("bad.jpg is not a picture, or it is damaged.").wait_for()
    page.get_by_label("Quality").select_option("")
    page.get_by_label("Age from").fill("60")
    page.get_by_text(re.compile(rf"^\d+ of {everything} rows")).wait_for()
    assert 0 < rows(page).count() < everything
    page.get_by_label("Age from").fill("")

    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    saved = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as Parquet").click()
    download.value.save_as(tmp_path / "faces.parquet")
    table = parquet.read_table(tmp_path / "faces.parquet").to_pylist()
    assert len(saved) == len(table) == everything
    assert [row["picture"] for row in saved] == [row["picture"] for row in table]
    assert [float(row["age"]) if row["age"] else None for row in saved] == [row["age"] for row in table]


def test_a_row_opens_its_face_in_the_studio_and_back_finds_the_table_again(portal):
    page = portal("/folder")
    analyse(page, MEETING)
    count = rows(page).count()
    page.get_by_role("button", name="Open cabinet_meeting_2013.jpg, face 2 in the Studio").click()
    page.get_by_role("complementary", name="What was found").get_by_role("heading", name="Face 2").wait_for()
    page.go_back()
    rows(page).first.wait_for()
    assert rows(page).count() == count


def test_a_folder_pauses_and_goes_on(portal):
    page = portal("/folder", width=PHONE)
    content = Path(MONA_LISA).read_bytes()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose pictures").click()
    chooser.value.set_files([named(f"{n}.jpg", content + bytes(n)) for n in range(24)])
    page.get_by_role("button", name="Pause").click()
    page.get_by_text(re.compile("paused")).wait_for()
    page.wait_for_timeout(3000)  # what was under way ends
    said = page.locator(".folder-head [role=status]").inner_text()
    page.wait_for_timeout(1000)
    assert page.locator(".folder-head [role=status]").inner_text() == said
    page.get_by_role("button", name="Go on").click()
    page.get_by_text(re.compile("^Done: 24 pictures, 24 faces")).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE


def test_no_two_people_of_one_picture_are_grouped(portal):
    page = portal("/folder")
    page.evaluate("localStorage.setItem('hexaface-columns', '{anything')")  # by another version, say
    page.reload()
    analyse(page, MEETING)
    assert page.get_by_role("region", name="The same person").get_by_role("button").count() == 0
