"""Each application end to end on real models."""

import csv
import io
import re
import zipfile
from pathlib import Path

from PIL import Image

from tests.paths import SAMPLES

ASTRONAUT = str(SAMPLES / "astronaut.jpg")
HOPPER = str(SAMPLES / "grace_hopper.jpg")
GROUP = str(SAMPLES / "group.jpg")


def process(page, picture: str, verb: str) -> None:
    page.locator(".hf-input input[type=file]").first.set_input_files(picture)
    page.get_by_role("button", name=verb, exact=True).click()
    page.get_by_text(re.compile(r"found in \d+ ms")).wait_for()


def download(page, button: str) -> bytes:
    with page.expect_download() as found:
        page.get_by_role("button", name=button).click()
    return found.value.path().read_bytes()


def test_home_shows_every_service_ready_and_links_to_the_documentation(portal, product):
    page = portal("/")
    services = page.get_by_role("region", name="Services")
    services.get_by_text("ready", exact=True).nth(5).wait_for()
    names = [row.split("\n")[0] for row in services.locator(".hf-row").all_inner_texts()]
    assert {"detector", "embedder", "attributes", "emotion", "keypoints", "generator"} == set(names)
    link = page.get_by_role("region", name="For developers").get_by_role("link", name="API documentation")
    assert f"{product.url}/docs" == link.get_attribute("href")


def test_detection_draws_each_face_and_says_its_score_and_size_on_hover(portal):
    page = portal("/detection")
    process(page, GROUP, "Find the faces")
    boxes = page.locator(".hf-stage svg g[data-tip]")
    assert boxes.count() == 6
    boxes.first.hover()
    assert re.match(r"Face 1: score 0\.\d\d, \d+ x \d+ pixels", page.locator(".hf-tip").inner_text())


def test_detection_with_a_size_threshold_keeps_the_large_faces_only(portal):
    page = portal("/detection")
    page.get_by_role("slider", name="Smallest face").fill("110")
    process(page, GROUP, "Find the faces")
    assert page.locator(".hf-stage svg g[data-tip]").count() == 2


def test_the_annotated_picture_has_the_size_of_the_picture_and_a_drawing_in_it(portal):
    page = portal("/detection")
    process(page, ASTRONAUT, "Find the faces")
    annotated = Image.open(io.BytesIO(download(page, "Download the annotated picture"))).convert("RGB")
    with Image.open(ASTRONAUT) as picture:
        assert picture.size == annotated.size
    boxed = [annotated.getpixel((x, 58)) for x in range(185, 265)]
    assert all(red > 150 > blue for red, _, blue in boxed)


def test_the_request_can_be_copied_as_curl_and_python_and_the_answer_read_as_json(portal, product):
    page = portal("/detection")
    process(page, ASTRONAUT, "Find the faces")
    page.get_by_text("The request, to copy").click()
    curl = page.get_by_role("region", name="curl").inner_text()
    assert "-F image=@astronaut.jpg" in curl
    assert f"{product.url}/v1/detect" in curl
    assert 'client.detect("astronaut.jpg"' in page.get_by_role("region", name="Python").inner_text().replace(
        "'", '"'
    )
    page.get_by_text("The answer as JSON").click()
    assert '"landmarks"' in page.get_by_role("region", name="JSON").inner_text()


def verify(page, first: str, second: str) -> str:
    for name, picture in (("First picture", first), ("Second picture", second)):
        page.get_by_role("group", name=name, exact=True).locator("input[type=file]").set_input_files(picture)
    page.get_by_role("button", name="Compare the faces").click()
    page.locator(".hf-verdict").wait_for()
    return page.locator(".hf-verdict .hf-big").inner_text()


def test_verification_tells_two_people_apart_and_knows_one_again(portal):
    page = portal("/verification")
    assert verify(page, ASTRONAUT, HOPPER) == "Not the same person"
    page.get_by_text("about 1 in 1,000 pairs of different people passes").wait_for()
    page.get_by_text("Both metrics").wait_for()
    page.get_by_role("group", name="Second picture", exact=True).locator("input[type=file]").set_input_files(
        ASTRONAUT
    )
    page.get_by_role("button", name="Compare the faces").click()
    page.get_by_text("The same person", exact=True).wait_for()


def test_identification_enrols_finds_and_erases_a_person(portal):
    page = portal("/identification")
    page.get_by_label("New collection").fill("crew")
    page.get_by_role("button", name="Create", exact=True).click()
    page.get_by_label("Id (letters").fill("eileen")
    page.get_by_label("Name (optional)").fill("Eileen Collins")
    page.get_by_role("button", name="Add a person").click()
    person = page.get_by_role("group", name="eileen", exact=True)
    person.locator("input[type=file]").first.set_input_files(ASTRONAUT)
    person.get_by_text("1 of 1 pictures enrolled.").wait_for()
    person.get_by_text("Eileen Collins (eileen): 1 face", exact=True).wait_for()
    page.locator("[aria-label='picture'] input[type=file]").set_input_files(GROUP)
    page.get_by_role("button", name="Identify", exact=True).click()
    page.get_by_role("article", name="Face 1").get_by_text("match", exact=True).wait_for()
    assert page.get_by_role("article", name="Face 1").locator(".hf-big").inner_text() == "Eileen Collins"
    assert page.get_by_role("article", name="Face 2").locator(".hf-big").inner_text() == "Nobody known"
    person.get_by_role("button", name="Erase Eileen").click()
    page.get_by_role("dialog").get_by_role("button", name="Erase").click()
    page.get_by_text("Nobody is enrolled yet").wait_for()


def test_attributes_give_an_age_with_its_interval_and_distributions(portal):
    page = portal("/attributes")
    process(page, ASTRONAUT, "Estimate age, gender and race")
    card = page.get_by_role("article", name="Face 1")
    years = int(card.locator(".hf-big").inner_text().split()[0])
    low, high = map(int, re.findall(r"\d+", card.get_by_text("80 % interval").inner_text())[1:])
    assert low <= years <= high
    assert card.locator("dt.hf-top").all_inner_texts() == ["female", "white"]


def test_race_is_a_distribution_over_seven_bars_and_the_longest_is_the_answer(portal):
    page = portal("/attributes")
    process(page, GROUP, "Estimate age, gender and race")
    cards = page.get_by_role("article")
    assert cards.count() == 6
    for card in cards.all():
        bars = card.locator("dl").nth(1)
        names = bars.locator("dt").all_inner_texts()
        shares = [float(value.removesuffix(" %")) for value in bars.locator(".hf-value").all_inner_texts()]
        assert len(names) == len(shares) == 7
        assert abs(sum(shares) - 100) < 0.5
        widths = [bar.bounding_box()["width"] for bar in bars.locator(".hf-track > span").all()]
        assert max(widths) == widths[shares.index(max(shares))]
        assert names[shares.index(max(shares))] == bars.locator("dt.hf-top").inner_text()


def test_emotion_gives_seven_bars_per_face(portal):
    page = portal("/emotion")
    process(page, ASTRONAUT, "Read the emotions")
    card = page.get_by_role("article", name="Face 1")
    assert card.locator("dt").count() == 7
    assert card.locator(".hf-big").inner_text() == "Happy"


def test_emotion_runs_live_with_the_webcam_until_it_is_stopped(portal):
    page = portal("/emotion")
    page.get_by_role("button", name="Start the webcam").click()
    page.get_by_text("Live: happy.").wait_for()
    page.locator(".hf-chart svg").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Stop").wait_for(state="hidden")


def test_a_picture_taken_with_the_webcam_is_processed(portal):
    page = portal("/detection")
    page.get_by_role("button", name="Webcam").click()
    page.get_by_role("button", name="Take the picture").click()
    page.get_by_text("webcam.jpg").wait_for()
    page.get_by_role("button", name="Find the faces").click()
    page.get_by_text("1 face found").wait_for()


def test_keypoints_draw_points_and_mesh_and_report_pose_gaze_and_action_units(portal):
    page = portal("/keypoints")
    process(page, ASTRONAUT, "Find the keypoints")
    circles = page.locator(".hf-stage svg circle")
    assert circles.count() == 478 + 15
    page.get_by_label("478-point mesh").uncheck()
    page.wait_for_function("document.querySelectorAll('.hf-stage svg circle').length === 15")
    card = page.get_by_role("article", name="Face 1")
    assert "AU12 lip corner puller" in card.inner_text()
    page.get_by_role("button", name="Zoom to this face").click()
    page.wait_for_function("parseInt(document.querySelector('.hf-zoom').textContent) > 200")


def test_generation_with_the_same_seed_gives_the_same_faces(portal):
    page = portal("/generation")
    page.get_by_role("slider", name="Faces").fill("4")
    made = [_faces_of(page, seed) for seed in ("7", "8", "7")]
    assert made[0] == made[2] != made[1]
    assert page.get_by_role("slider", name="Faces").input_value() == "4"


def _faces_of(page, seed: str) -> list[bytes]:
    page.get_by_label("Seed (empty").fill(seed)
    page.get_by_role("button", name="Generate", exact=True).click()
    page.get_by_text(f"4 faces from seed {seed}.").wait_for()
    archive = zipfile.ZipFile(io.BytesIO(download(page, "Download all")))
    return [archive.read(name) for name in archive.namelist()]


def test_the_imbalance_study_counts_a_batch_and_can_be_cancelled(portal):
    page = portal("/generation")
    page.get_by_role("button", name="Run the study").click()
    page.locator(".hf-chart svg").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text(re.compile(r"Cancelled: \d of 10 batches counted\.")).wait_for()
    shares = page.get_by_role("region", name="The imbalance study").locator("dt").all_inner_texts()
    assert sum(int(re.findall(r"\((\d+) of", share)[0]) for share in shares) >= 60


def test_the_study_can_be_cancelled_before_its_first_batch_is_counted(portal):
    page = portal("/generation")
    page.get_by_role("button", name="Run the study").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled: 0 of 10 batches counted.").wait_for()
    page.get_by_role("button", name="Cancel").wait_for(state="hidden")


def test_a_whole_folder_is_taken_with_what_is_inside_its_folders(portal, tmp_path):
    (tmp_path / "trip" / "day 2").mkdir(parents=True)
    for place in ("trip/first.jpg", "trip/day 2/second.jpg"):
        (tmp_path / place).write_bytes(Path(ASTRONAUT).read_bytes())
    page = portal("/folder")
    page.locator("input[webkitdirectory]").set_input_files(tmp_path / "trip")
    page.get_by_role("button", name="Analyse them all").click()
    page.get_by_text("Done: 2 rows, 0 failures.").wait_for()
    names = {row.split("\t")[0] for row in page.locator("tbody tr").all_inner_texts()}
    assert names == {"trip/first.jpg", "trip/day 2/second.jpg"}


def test_a_collection_is_deleted_with_everybody_in_it(portal):
    page = portal("/identification")
    page.get_by_label("New collection").fill("gone")
    page.get_by_role("button", name="Create", exact=True).click()
    page.get_by_role("button", name="Delete this collection").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="gone (0 people)").wait_for(state="detached")
    page.get_by_role("button", name="Delete this collection").wait_for(state="hidden")


def test_a_folder_becomes_a_table_that_sorts_saves_and_names_its_failures(portal, tmp_path):
    broken = tmp_path / "notes.txt"
    broken.write_text("not a picture")
    page = portal("/folder")
    page.locator("input[type=file]").first.set_input_files([ASTRONAUT, GROUP, str(broken)])
    page.get_by_role("button", name="Analyse them all").click()
    page.get_by_text("Done: 7 rows, 1 failure.").wait_for()
    page.get_by_text("notes.txt: Not a supported image").wait_for()
    page.get_by_role("button", name="age", exact=True).click()
    page.locator("th[aria-sort=ascending]").wait_for()
    rows = list(csv.DictReader(io.StringIO(download(page, "Save as CSV").decode())))
    ages = [float(row["age"]) for row in rows]
    assert len(ages) == 7
    assert sorted(ages) == ages
