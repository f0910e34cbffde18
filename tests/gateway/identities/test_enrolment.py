"""Collections, subjects and faces over HTTP, on real PostgreSQL and Valkey."""

import asyncio
import base64
import uuid
from array import array

import pytest


async def test_a_person_is_enrolled_and_recognised_on_another_picture(api, collection, enrol, person):
    enrolled = await enrol("ann", person("ann", shot=1))
    assert enrolled.status_code == 201, enrolled.text
    assert set(enrolled.json()) >= {"face_id", "subject", "box", "quality"}
    found = await api.post(f"{collection}/identify", files={"image": person("ann", "zoe", shot=2)})
    assert found.status_code == 200, found.text
    known, stranger = found.json()["faces"]
    assert known["decision"] == "match"
    assert known["candidates"][0]["subject"] == "ann"
    assert known["candidates"][0]["face_id"] == enrolled.json()["face_id"]
    assert stranger["decision"] == "unknown"
    assert found.json()["gallery"] == 1


async def test_candidates_are_subjects_by_their_best_face(api, collection, enrol, person):
    for shot in range(8):
        await enrol("ann", person("ann", shot=shot))
    await enrol("bob", person("bob"))
    found = await api.post(
        f"{collection}/identify", files={"image": person("ann", shot=3)}, data={"top_k": 2}
    )
    candidates = found.json()["faces"][0]["candidates"]
    assert [c["subject"] for c in candidates] == ["ann", "bob"]
    assert candidates[0]["similarity"] == pytest.approx(1.0, abs=1e-5)


async def test_an_empty_gallery_knows_nobody(api, collection, person):
    found = await api.post(f"{collection}/identify", files={"image": person("ann")})
    assert [(f["decision"], f["candidates"]) for f in found.json()["faces"]] == [("unknown", [])]


async def test_a_picture_without_faces_identifies_nobody(api, collection, person):
    found = await api.post(f"{collection}/identify", files={"image": person()})
    assert found.status_code == 200
    assert found.json()["faces"] == []


async def test_the_same_idempotency_key_enrols_once(api, collection, enrol, person):
    key = {"Idempotency-Key": uuid.uuid4().hex}
    answers = await asyncio.gather(*(enrol("ann", person("ann"), headers=key) for _ in range(6)))
    assert {201} == {a.status_code for a in answers}
    assert len({a.json()["face_id"] for a in answers}) == 1
    subject = (await api.get(f"{collection}/subjects/ann")).json()
    assert subject["faces"] == 1


async def test_an_idempotency_key_does_not_serve_two_requests(enrol, person):
    key = {"Idempotency-Key": uuid.uuid4().hex}
    await enrol("ann", person("ann"), headers=key)
    other = await enrol("ann", person("ann", shot=9), headers=key)
    assert (other.status_code, other.json()["type"]) == (422, "idempotency-key-reused")


async def test_bulk_enrolment_has_a_result_per_picture(api, collection, person):
    pictures = [person("ann"), person(), person("bob"), person("cid", size=8)]
    answer = await api.post(
        f"{collection}/faces",
        files=[("image", picture) for picture in pictures],
        data={"subjects": "ann,ann,bob,cid"},
    )
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert (answer.json()["enrolled"], answer.json()["failed"]) == (2, 2)
    assert [r.get("problem", {}).get("type") for r in results] == [None, "no-face", None, "low-quality"]
    assert [r["subject"] for r in results] == ["ann", "ann", "bob", "cid"]


@pytest.mark.parametrize("subjects", [["ann", "bob"], ["ann,bob"], "ann, bob"])
async def test_repeated_subjects_are_filed_each_under_its_own_name(api, collection, person, subjects):
    pictures = [("image", person("ann")), ("image", person("bob"))]
    answer = await api.post(f"{collection}/faces", files=pictures, data={"subjects": subjects})
    assert [result["subject"] for result in answer.json()["results"]] == ["ann", "bob"]
    found = await api.post(f"{collection}/identify", files={"image": person("bob", shot=7)})
    assert found.json()["faces"][0]["candidates"][0]["subject"] == "bob"


async def test_a_count_that_does_not_fit_is_refused_before_anything_is_stored(api, collection, person):
    pictures = [("image", person("ann", shot=i)) for i in range(3)]
    answer = await api.post(f"{collection}/faces", files=pictures, data={"subjects": ["ann", "bob"]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "subjects")
    assert (await api.get(f"{collection}/subjects")).json()["subjects"] == []


async def test_a_repeated_bulk_enrolment_adds_nothing(api, collection, person):
    pictures = [("image", person("ann", shot=i)) for i in range(5)]
    for _ in range(2):
        answer = await api.post(
            f"{collection}/faces",
            files=pictures,
            data={"subjects": "ann"},
            headers={"Idempotency-Key": "bulk-1"},
        )
        assert answer.json()["enrolled"] == 5
    assert (await api.get(f"{collection}/subjects/ann")).json()["faces"] == 5


@pytest.mark.parametrize(
    ("flaw", "name"),
    [({"size": 12}, "too-small"), ({"sharpness": 0.5}, "blurred"), ({"yaw": 80}, "extreme-pose"), ({"roll": -75}, "extreme-pose"), ({"score": 0.2}, "low-score")],
)  # fmt: skip
async def test_a_poor_picture_is_refused_with_the_reason_or_flagged(enrol, person, flaw, name):
    refused = await enrol("ann", person("ann", **flaw))
    assert (refused.status_code, refused.json()["type"]) == (422, "low-quality")
    assert name in refused.json()["errors"][0]["reason"]
    flagged = await enrol("ann", person("ann", **flaw), on_low_quality="flag")
    assert (201, [name]) == (flagged.status_code, flagged.json()["warnings"])


async def test_several_faces_are_refused_with_their_places_unless_the_largest_is_meant(enrol, person):
    refused = await enrol("bob", person("ann", "bob"))
    assert (refused.status_code, refused.json()["type"]) == (422, "several-faces")
    assert len(refused.json()["errors"]) == 2
    assert "at x 100, y 20" in refused.json()["errors"][1]["reason"]
    assert (await enrol("bob", person("ann", "bob"), face="largest")).status_code == 201


async def test_an_export_holds_everything_and_its_embeddings_are_unit_vectors(api, collection, person):
    await api.post(f"{collection}/subjects", json={"id": "ann", "name": "Ann", "metadata": {"badge": 7}})
    await api.post(f"{collection}/subjects/ann/faces", files={"image": person("ann")})
    export = (await api.get(f"{collection}/subjects/ann/export")).json()
    assert export["subject"]["metadata"] == {"badge": 7}
    (face,) = export["faces"]
    values = array("f", base64.b64decode(face["embedding"]))
    assert export["dimensions"] == len(values)
    assert pytest.approx(sum(v * v for v in values), abs=1e-5) == 1


async def test_pages_follow_one_another_without_gap_or_repeat(api, collection):
    ids = sorted(f"s{i:02d}" for i in range(23))
    for name in reversed(ids):
        await api.post(f"{collection}/subjects", json={"id": name})
    seen, after = [], ""
    while after is not None:
        page = (await api.get(f"{collection}/subjects", params={"limit": 10, "after": after})).json()
        seen += [s["id"] for s in page["subjects"]]
        after = page.get("next")
    assert ids == seen


async def test_the_faces_of_a_subject_are_listed_oldest_first(api, collection, enrol, person):
    made = [(await enrol("ann", person("ann", shot=i))).json()["face_id"] for i in range(3)]
    first = (await api.get(f"{collection}/subjects/ann/faces", params={"limit": 2})).json()
    rest = (await api.get(f"{collection}/subjects/ann/faces", params={"after": first["next"]})).json()
    assert made == [f["face_id"] for f in first["faces"] + rest["faces"]]


async def test_a_change_leaves_what_it_does_not_name(api, collection):
    await api.post(f"{collection}/subjects", json={"id": "ann", "name": "Ann", "metadata": {"a": 1}})
    changed = await api.patch(f"{collection}/subjects/ann", json={"metadata": {"b": 2}})
    assert (changed.json()["name"], changed.json()["metadata"]) == ("Ann", {"b": 2})


async def test_another_embedder_is_a_model_mismatch(replaceable, person):
    client, services = replaceable
    collection = f"/v1/collections/c{uuid.uuid4().hex[:12]}"
    await client.post("/v1/collections", json={"id": collection.rpartition("/")[2]})
    await client.post(f"{collection}/subjects", json={"id": "ann"})
    faces = f"{collection}/subjects/ann/faces"
    assert (await client.post(faces, files={"image": person("ann")})).status_code == 201
    services.embedder = services.embedder.model_copy(update={"digest": "f" * 64, "version": "2.0.0"})
    refused = await client.post(faces, files={"image": person("ann", shot=uuid.uuid4().hex)})
    assert (refused.status_code, refused.json()["type"]) == (409, "model-mismatch")
    refused = await client.post(
        f"{collection}/identify", files={"image": person("ann", shot=uuid.uuid4().hex)}
    )
    assert (refused.status_code, refused.json()["type"]) == (409, "model-mismatch")


async def test_parallel_enrolments_lose_nothing(api, collection, person):
    await api.post(f"{collection}/subjects", json={"id": "ann"})
    url = f"{collection}/subjects/ann/faces"
    answers = await asyncio.gather(
        *(api.post(url, files={"image": person("ann", shot=i)}) for i in range(40))
    )
    assert {201} == {a.status_code for a in answers}
    listed = (await api.get(url, params={"limit": 200})).json()["faces"]
    assert {a.json()["face_id"] for a in answers} == {f["face_id"] for f in listed}
