"""People: who is on this picture, and everybody in a collection."""

import json
import re
from pathlib import Path

import httpx
import pytest

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.steps import EARLIER, MEETING, MONA_LISA, PORTRAIT
from tests.browser.test_manners import serious


@pytest.fixture
def collection(product, request):
    """A collection of its own for each test, gone afterwards."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:60]
    httpx.post(f"{product.url}/v1/collections", json={"id": name}).raise_for_status()
    yield name
    httpx.delete(f"{product.url}/v1/collections/{name}")


def enrol(product, collection, subject, name, picture) -> None:
    base = f"{product.url}/v1/collections/{collection}/subjects"
    httpx.post(base, json={"id": subject, "name": name}).raise_for_status()
    files = {"image": Path(picture).read_bytes()}
    httpx.post(f"{base}/{subject}/faces", files=files, timeout=120).raise_for_status()


def row(page, name: str):
    return page.get_by_role("listbox", name="People").get_by_role("option", name=name)


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_question_comes_first_and_names_the_enrolled_among_eleven(portal, product, collection, width):
    enrol(product, collection, "obama", "Barack Obama", PORTRAIT)
    page = portal(f"/people?collection={collection}", width=width)
    asked = page.get_by_role("region", name="Who is on this picture?")
    with page.expect_file_chooser() as chooser:
        asked.get_by_role("button", name="Choose a picture").click()
    chooser.value.set_files(MEETING)
    asked.locator(".answer.match").wait_for()
    assert asked.locator(".answer.match").count() == 1
    asked.get_by_role("button", name="Barack Obama").first.click()
    person = page.get_by_role("complementary", name="Person")
    person.get_by_role("heading", name="Barack Obama").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_person_is_added_gets_a_face_is_renamed_exported_and_erased(portal, collection, tmp_path):
    page = portal(f"/people?collection={collection}")
    page.get_by_role("button", name="Add a person").click()
    page.get_by_label("Name", exact=True).fill("Lisa Gherardini")
    page.get_by_role("button", name="Add", exact=True).click()
    person = page.get_by_role("complementary", name="Person")
    person.get_by_text("No face is enrolled yet").wait_for()
    with page.expect_file_chooser() as chooser:
        person.get_by_role("button", name="Add a face").click()
    chooser.value.set_files(MONA_LISA)
    person.get_by_text("1 face").first.wait_for()
    person.get_by_role("button", name="Rename").click()
    page.get_by_role("dialog").get_by_label("Name", exact=True).fill("La Gioconda")
    page.get_by_role("dialog").get_by_label("Id, as programs call them").fill("gioconda")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    person.get_by_role("heading", name="La Gioconda").wait_for()
    row(page, "La Gioconda").wait_for()
    with page.expect_download() as download:
        person.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "person.json")
    assert len(json.loads((tmp_path / "person.json").read_text())["faces"]) == 1
    person.get_by_role("button", name=re.compile("Erase the face of")).click()
    page.get_by_role("button", name="Erase the face", exact=True).click()
    person.get_by_text("No face is enrolled yet").wait_for()
    person.get_by_role("button", name="Erase", exact=True).click()
    page.get_by_role("dialog").get_by_text("Backups hold them until those are deleted").wait_for()
    page.get_by_role("button", name="Erase for good").click()
    row(page, "La Gioconda").wait_for(state="detached")


def test_who_is_gone_and_who_is_there_already_are_said_and_back_closes_a_person(portal, product, collection):
    httpx.post(f"{product.url}/v1/collections/{collection}/subjects", json={"id": "lisa", "name": "Lisa"})
    page = portal(f"/people?collection={collection}&person=nobody", width=PHONE)
    person = page.get_by_role("complementary", name="Person")
    person.get_by_text("It is not there any more").wait_for()
    person.get_by_role("button", name="Close").click()
    row(page, "Lisa").click()
    person.get_by_role("heading", name="Lisa").wait_for()
    page.go_back()
    page.get_by_role("button", name="Add a person").click()
    page.get_by_label("Name", exact=True).fill("Lisa")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("alert").get_by_text("Somebody with the id lisa is here already.").wait_for()


def test_a_folder_is_imported_with_a_result_for_each_picture(portal, collection, tmp_path):
    for name, picture in (
        ("Barack Obama/a.jpg", PORTRAIT),
        ("Barack Obama/b.jpg", EARLIER),
        ("Lisa/c.jpg", MONA_LISA),
    ):
        path = tmp_path / "people" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(Path(picture).read_bytes())
    (tmp_path / "people" / "Lisa" / "notes.txt").write_text("no picture")
    page = portal(f"/people?collection={collection}")
    page.get_by_role("button", name="Import a folder").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a folder").click()
    chooser.value.set_files(str(tmp_path / "people"))
    page.get_by_text("4 of 4 pictures, 3 enrolled, 1 not.").wait_for()
    page.get_by_text("notes.txt is not a picture, or it is damaged.").wait_for()
    page.keyboard.press("Escape")
    row(page, "Barack Obama").get_by_text("2 faces").wait_for()


def test_ten_thousand_people_stay_usable(portal, product, collection):
    """Only what the list does with them: their pages come from the test, as creating them would take minutes."""
    base = f"{product.url}/v1/collections/{collection}/subjects"
    httpx.post(base, json={"id": "one"}).raise_for_status()
    one = httpx.get(base).json()["subjects"][0]

    def page_of(route) -> None:
        after = re.search(r"after=p(\d+)", route.request.url)
        start = int(after[1]) + 1 if after else 0
        people = [one | {"id": f"p{n:05}", "name": f"Person {n}"} for n in range(start, start + 200)]
        more = {"next": people[-1]["id"]} if start + 200 < 10_000 else {}
        route.fulfill(json={"subjects": people} | more)

    page = portal("/server")
    page.route(re.compile(r"/subjects\?"), page_of)
    page.goto(f"{product.url}/people?collection={collection}")
    page.get_by_text("10,000 people").wait_for()
    assert page.locator(".person-row").count() < 60
    started = page.evaluate("performance.now()")
    page.get_by_label("Filter people").fill("person 9876")
    row(page, "Person 9876").wait_for()
    page.get_by_text("1 of 10,000 people").wait_for()
    assert page.evaluate("performance.now()") - started < 2000
    page.get_by_label("Filter people").fill("")
    page.get_by_role("listbox", name="People").focus()
    page.keyboard.press("End")
    row(page, "Person 9999").wait_for()


def test_without_a_collection_the_page_says_what_one_is_and_makes_it(portal, product):
    for one in httpx.get(f"{product.url}/v1/collections").json()["collections"]:
        httpx.delete(f"{product.url}/v1/collections/{one['id']}")
    page = portal("/people")
    page.get_by_label("Name of the collection").fill("Crew 7")
    page.get_by_role("button", name="Make a collection").click()
    page.get_by_label("Collection").first.wait_for()
    assert [one["id"] for one in httpx.get(f"{product.url}/v1/collections").json()["collections"]] == [
        "crew-7"
    ]


def test_two_entries_of_one_person_are_said_to_need_a_look_and_become_one(portal, product, collection):
    enrol(product, collection, "obama", "Barack Obama", PORTRAIT)
    enrol(product, collection, "president", "The President", PORTRAIT)
    enrol(product, collection, "lisa", "Lisa", MONA_LISA)
    page = portal(f"/people?collection={collection}")
    row(page, "Lisa").wait_for()
    page.get_by_role("button", name="Needs a look").click()
    dialog = page.get_by_role("dialog", name="What needs a look")
    dialog.get_by_text("3 of 3 people compared, 1 to look at.").wait_for()
    look = dialog.get_by_role("listitem")
    assert "Barack Obama and The President may be one person: 100 % alike" in look.inner_text()
    look.get_by_role("button", name="Merge").click()
    question = page.get_by_role("dialog", name="Make one person of these two?")
    question.get_by_role("radio", name="The President").check()
    question.get_by_text("The President then has all 2 faces").wait_for()
    question.get_by_text("The entry obama is gone").wait_for()
    assert serious(page) == []
    question.get_by_role("button", name="Merge", exact=True).click()
    look.wait_for(state="detached")
    page.keyboard.press("Escape")
    row(page, "The President").get_by_text("2 faces").wait_for()
    row(page, "Barack Obama").wait_for(state="detached")


def test_a_person_is_merged_with_their_other_entry_only_after_a_clear_yes(portal, product, collection):
    enrol(product, collection, "obama", "Barack Obama", PORTRAIT)
    enrol(product, collection, "president", "The President", PORTRAIT)
    page = portal(f"/people?collection={collection}", width=PHONE)
    row(page, "Barack Obama").click()
    person = page.get_by_role("complementary", name="Person")
    person.get_by_text("Alike enough to be taken for one another").wait_for()
    person.get_by_role("button", name="Merge", exact=True).click()
    choice = page.get_by_role("dialog", name="Who is the same person as Barack Obama?")
    choice.get_by_label("Name or id").fill("xyz")
    choice.get_by_text("Nobody is called that.").wait_for()
    choice.get_by_label("Name or id").fill("pres")
    choice.get_by_role("button", name="The President").click()
    question = page.get_by_role("dialog", name="Make one person of these two?")
    question.get_by_text("This cannot be undone.").wait_for()
    question.get_by_role("button", name="Cancel").click()
    subjects = f"{product.url}/v1/collections/{collection}/subjects"
    assert len(httpx.get(subjects).json()["subjects"]) == 2
    person.get_by_role("button", name="Merge them").click()
    question.get_by_role("button", name="Merge", exact=True).click()
    person.get_by_text("obama · 2 faces").wait_for()
    (left,) = httpx.get(subjects).json()["subjects"]
    assert (left["id"], left["name"], left["faces"]) == ("obama", "Barack Obama", 2)


def test_people_are_shown_by_their_faces_where_the_collection_keeps_them(portal, product, request):
    httpx.post(f"{product.url}/v1/collections", json={"id": "faces", "keep_chips": True}).raise_for_status()
    request.addfinalizer(lambda: httpx.delete(f"{product.url}/v1/collections/faces"))
    enrol(product, "faces", "lisa", "Lisa", MONA_LISA)
    page = portal("/people?collection=faces")
    row(page, "Lisa").locator("canvas").wait_for()
    row(page, "Lisa").click()
    page.get_by_role("complementary", name="Person").locator(".face-tile canvas").wait_for()
