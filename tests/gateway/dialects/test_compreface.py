"""The real compreface-sdk against a real server: its own examples, with free pictures."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from compreface import CompreFace

from tests.paths import SAMPLES

# The SDK never closes the files that it opens.
pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
OBAMA, LATER, MEETING = (
    str(SAMPLES / f"{name}.jpg") for name in ("obama_2009", "obama_portrait_2012", "cabinet_meeting_2013")
)
KEY = "anonymous"


@pytest.fixture(scope="module")
def compre_face(server):
    url = urlsplit(server)
    return CompreFace(f"http://{url.hostname}", str(url.port))


@pytest.fixture
def recognition(compre_face):
    service = compre_face.init_face_recognition(KEY)
    service.get_subjects().delete_all()
    return service


@pytest.fixture
def collection(recognition):
    return recognition.get_face_collection()


@pytest.fixture
def subjects(recognition):
    return recognition.get_subjects()


def test_a_person_is_added_recognised_and_verified(collection, recognition):
    added = collection.add(image_path=LATER, subject="Barack Obama")

    (face,) = recognition.recognize(image_path=LATER)["result"]
    assert face["subjects"] == [{"subject": "Barack Obama", "similarity": pytest.approx(1, abs=1e-3)}]
    assert {"box"} == set(face) - {"subjects"}
    (verified,) = collection.verify(image_path=LATER, image_id=added["image_id"])["result"]
    assert verified["similarity"] > 0.99


def test_the_options_of_the_sdk_add_what_they_name(collection, recognition):
    collection.add(image_path=LATER, subject="Barack Obama", options={"det_prob_threshold": 0.5})
    options = {
        "limit": 3,
        "det_prob_threshold": 0.5,
        "prediction_count": 2,
        "face_plugins": "calculator,age,gender,landmarks",
        "status": "true",
    }

    found = recognition.recognize(image_path=MEETING, options=options)

    assert len(found["result"]) == 3
    for face in found["result"]:
        assert {"age", "gender", "embedding", "landmarks", "box", "subjects", "execution_time"} == set(face)
        assert face["age"]["low"] <= face["age"]["high"]
        left_eye, right_eye, *_ = face["landmarks"]
        assert left_eye[0] < right_eye[0]
        assert face["box"]["x_min"] < face["box"]["x_max"]
    assert set(found["plugins_versions"]) == {"detector", "calculator", "age", "gender", "landmarks"} - {
        "landmarks"
    }


def test_faces_are_detected_and_two_pictures_compared(compre_face):
    detected = compre_face.init_face_detection(KEY).detect(image_path=MEETING)
    compared = compre_face.init_face_verification(KEY).verify(
        source_image_path=LATER, target_image_path=MEETING
    )

    assert len(detected["result"]) >= 9
    best, second, *_ = compared["result"][0]["face_matches"]
    assert best["similarity"] > 0.9
    assert second["similarity"] < 0.5
    assert "box" in compared["result"][0]["source_image_face"]


def test_subjects_are_listed_renamed_merged_and_deleted(subjects, collection):
    assert subjects.add("Ann Example") == {"subject": "Ann Example"}
    collection.add(image_path=OBAMA, subject="Barack")
    collection.add(image_path=LATER, subject="President")
    assert set(subjects.list()["subjects"]) == {"Ann Example", "Barack", "President"}

    assert subjects.update("Barack", "President") == {"updated": True}
    assert set(subjects.list()["subjects"]) == {"Ann Example", "President"}
    assert [face["subject"] for face in collection.list()["faces"]] == ["President", "President"]
    assert subjects.update("Ann Example", "Ann B. Example") == {"updated": True}
    assert subjects.delete("Ann B. Example") == {"subject": "Ann B. Example"}
    assert subjects.delete_all() == {"deleted": 1}
    assert collection.list() == {
        "faces": [],
        "page_number": 0,
        "page_size": 20,
        "total_pages": 0,
        "total_elements": 0,
    }


def test_examples_are_deleted_by_id_and_by_subject(collection):
    first = collection.add(image_path=OBAMA, subject="Barack Obama")
    collection.add(image_path=LATER, subject="Barack Obama")

    assert collection.delete(first["image_id"]) == {"image_id": first["image_id"], "subject": "Barack Obama"}
    assert collection.delete_all("Barack Obama") == {"deleted": 1}
    assert collection.list()["total_elements"] == 0


def test_what_cannot_be_done_is_a_message_and_a_number(collection, recognition, compre_face, tmp_path):
    text = tmp_path / "notes.jpg"
    text.write_text("no picture")

    assert collection.add(image_path=str(text), subject="x")["code"] == 21
    assert collection.add(image_path=MEETING, subject="x")["code"] == 31
    assert collection.delete("11111111-1111-7111-8111-111111111111")["code"] == 42
    assert recognition.get_subjects().delete("Nobody")["code"] == 42
    assert compre_face.init_face_detection("wrong").detect(image_path=OBAMA)["code"] == 20


def test_embeddings_are_looked_up_and_compared_without_a_picture(server, collection, recognition):
    collection.add(image_path=LATER, subject="Barack Obama")
    (face,) = recognition.recognize(image_path=LATER, options={"face_plugins": "calculator"})["result"]
    vector, headers = face["embedding"], {"x-api-key": KEY}

    found = requests.post(
        f"{server}/api/v1/recognition/embeddings/recognize",
        json={"embeddings": [vector]},
        headers=headers,
        timeout=60,
    ).json()
    compared = requests.post(
        f"{server}/api/v1/verification/embeddings/verify",
        json={"source": vector, "targets": [vector, [-x for x in vector]]},
        headers=headers,
        timeout=60,
    ).json()

    assert found["result"][0]["similarities"][0]["subject"] == "Barack Obama"
    same, opposite = (entry["similarity"] for entry in compared["result"])
    assert same > 0.99
    assert opposite < 0.01


def test_an_unknown_option_is_refused_not_dropped(server):
    with Path(OBAMA).open("rb") as picture:
        answer = requests.post(
            f"{server}/api/v1/detection/detect?det_prob_treshold=0.5",
            files={"file": picture},
            headers={"x-api-key": KEY},
            timeout=60,
        )

    assert answer.status_code == 400
    assert "det_prob_treshold" in answer.json()["message"]
