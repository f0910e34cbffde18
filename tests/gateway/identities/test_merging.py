"""Two subjects that are one person."""

import asyncio

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from gateway.stores.database import single_connection_engine
from tests.gateway.identities.test_subjects import until_somebody_waits_for


@pytest.fixture
def merge(api, collection):
    """Merge the duplicate into the subject; the answer."""

    async def run(subject, duplicate):
        return await api.post(f"{collection}/subjects/{subject}/merge", json={"duplicate": duplicate})

    return run


async def test_the_faces_of_both_are_found_under_the_one_that_is_left(api, collection, enrol, merge, person):
    first = (await enrol("ann", person("ann"))).json()["face_id"]
    second = (await enrol("ann-2", person("ann", shot=1))).json()["face_id"]
    alike = (await api.get(f"{collection}/check")).json()["subjects"]
    assert [(one["subject"], one["alike"][0]["subject"]) for one in alike] == [("ann", "ann-2")]

    merged = await merge("ann", "ann-2")

    assert (merged.status_code, merged.json()["id"], merged.json()["faces"]) == (200, "ann", 2)
    faces = (await api.get(f"{collection}/subjects/ann/faces")).json()["faces"]
    assert [(face["face_id"], face["subject"]) for face in faces] == [(first, "ann"), (second, "ann")]
    assert (await api.get(f"{collection}/subjects/ann-2")).status_code == 404
    seen = await api.post(f"{collection}/identify", files={"image": person("ann", shot=1)})
    assert [one["subject"] for one in seen.json()["faces"][0]["candidates"]] == ["ann"]
    assert (await api.get(f"{collection}/check")).json()["subjects"] == []


async def test_what_is_kept_is_right_and_what_it_lacks_comes_from_the_other(api, collection, merge):
    kept = {"id": "ann", "metadata": {"floor": 3, "phones": {"desk": 1}}}
    other = {"id": "x", "name": "Ann", "metadata": {"floor": 4, "badge": 7, "phones": {"desk": 2, "home": 5}}}
    for subject in (kept, other):
        await api.post(f"{collection}/subjects", json=subject)
    merged = (await merge("ann", "x")).json()
    assert (
        merged["name"],
        merged["metadata"],
    ) == ("Ann", {"floor": 3, "badge": 7, "phones": {"desk": 1, "home": 5}})
    assert merged["updated_at"] > merged["created_at"]


async def test_metadata_that_is_too_much_together_leaves_both_as_they_are(api, collection, merge):
    for subject, name in (("ann", "a"), ("x", "b")):
        await api.post(f"{collection}/subjects", json={"id": subject, "metadata": {name: "x" * 9000}})
    refused = await merge("ann", "x")
    assert (refused.status_code, refused.json()["type"]) == (409, "conflict")
    assert [s["id"] for s in (await api.get(f"{collection}/subjects")).json()["subjects"]] == ["ann", "x"]


async def test_a_merge_that_makes_no_sense_is_refused(api, collection, merge):
    await api.post(f"{collection}/subjects", json={"id": "ann"})
    itself = await merge("ann", "ann")
    assert (itself.status_code, itself.json()["errors"][0]["field"]) == (422, "duplicate")
    for pair in (("ann", "nobody"), ("nobody", "ann")):
        absent = await merge(*pair)
        assert (absent.status_code, "'nobody'" in absent.json()["detail"]) == (404, True)
    assert (await merge("ann", "a b")).status_code == 422


async def test_a_face_that_is_enrolled_meanwhile_is_refused_and_never_lost(
    api, collection, enrol, merge, person, stores
):
    """The merge waits for who holds the duplicate; an enrolment for it waits for the merge."""
    for name in ("ann", "x"):
        await enrol(name, person("ann", shot=name))
    engine = single_connection_engine(stores.database)
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1 FROM subjects WHERE id = 'x' FOR UPDATE"))
        merging = asyncio.create_task(merge("ann", "x"))
        await until_somebody_waits_for(connection)
        late = {"image": person("ann", shot=2)}
        enrolling = asyncio.create_task(api.post(f"{collection}/subjects/x/faces", files=late))
        await asyncio.sleep(0.2)
        await connection.rollback()
    await engine.dispose()
    merged, enrolled = await merging, await enrolling
    assert merged.status_code == 200
    # Whichever came first: a face that was promised is there, one that was not was refused.
    faces = (await api.get(f"{collection}/subjects/ann/faces")).json()["faces"]
    assert len(faces) == (3 if enrolled.status_code == 201 else 2)
    assert enrolled.status_code in (201, 404)


async def test_two_merges_that_cross_leave_one_person_and_every_face(collection, api, enrol, merge, person):
    for name in ("ann", "x"):
        await enrol(name, person("ann", shot=name))
    answers = await asyncio.gather(merge("ann", "x"), merge("x", "ann"))
    assert sorted(answer.status_code for answer in answers) == [200, 404]
    (left,) = (await api.get(f"{collection}/subjects")).json()["subjects"]
    assert left["faces"] == 2


async def test_a_merge_needs_the_scope_to_enrol(gateway_over, new_database):
    operator = {"X-API-Key": "the-operator-key-of-this-test"}
    async with gateway_over(database_url=await new_database(), admin_key=operator["X-API-Key"]) as client:
        await client.post("/v1/collections", json={"id": "staff"}, headers=operator)
        for name in ("ann", "x"):
            await client.post("/v1/collections/staff/subjects", json={"id": name}, headers=operator)
        body, address = {"duplicate": "x"}, "/v1/collections/staff/subjects/ann/merge"
        for scopes, status in ((["identify"], 403), (["enrol"], 200)):
            key = await client.post("/v1/keys", json={"name": "k", "scopes": scopes}, headers=operator)
            answer = await client.post(address, json=body, headers={"X-API-Key": key.json()["key"]})
            assert status == answer.status_code


async def test_a_stored_face_of_nobody_is_a_users_after_a_merge(api, collection, merge):
    """Rekognition's faces without a user are subjects of their own; erasing such a face erases its subject."""
    alone = {"rekognition": {"unassociated": True, "faces": {"1": {"ExternalImageId": "a"}}}}
    await api.post(f"{collection}/subjects", json={"id": "ann"})
    await api.post(f"{collection}/subjects", json={"id": "face-1", "metadata": alone})
    assert (await merge("ann", "face-1")).json()["metadata"] == {
        "rekognition": {"faces": {"1": {"ExternalImageId": "a"}}}
    }


async def test_the_other_dialects_rename_merges_by_the_same_piece(api, person):
    with capture_logs() as lines:
        for name in ("Ann Example", "Ann"):
            added = await api.post(
                f"/api/v1/recognition/faces?subject={name}", files={"file": person("ann", shot=name)}
            )
            assert added.status_code == 201, added.text
        renamed = await api.put("/api/v1/recognition/subjects/Ann", json={"subject": "Ann Example"})
    assert renamed.json() == {"updated": True}
    assert [line["faces"] for line in lines if line.get("action") == "subject.merge"] == [1]
    (left,) = (await api.get("/v1/collections/compreface/subjects")).json()["subjects"]
    assert (left["name"], left["faces"]) == ("Ann Example", 2)
    await api.delete("/v1/collections/compreface")
