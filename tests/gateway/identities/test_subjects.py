"""Subjects under requests that cross."""

import asyncio

import pytest
from sqlalchemy import text

from gateway.stores.database import single_connection_engine


async def test_a_change_of_a_subject_that_is_just_being_erased_is_404(api, collection, stores):
    await api.post(f"{collection}/subjects", json={"id": "ann"})
    engine = single_connection_engine(stores.database)
    async with engine.connect() as connection:
        await connection.execute(text("DELETE FROM subjects WHERE id = 'ann'"))
        change = asyncio.create_task(api.patch(f"{collection}/subjects/ann", json={"name": "Ann"}))
        await until_somebody_waits_for(connection)
        await connection.commit()
    await engine.dispose()
    answer = await change
    assert (answer.status_code, answer.json()["type"]) == (404, "not-found")


async def until_somebody_waits_for(connection):
    """Another transaction waits for a row of this one."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    )
    for _ in range(200):
        if await connection.scalar(waiting):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waited")


async def test_a_subject_that_is_renamed_keeps_its_faces(api, collection, enrol, person):
    enrolled = (await enrol("ann", person("ann"))).json()
    renamed = await api.patch(f"{collection}/subjects/ann", json={"id": "anna", "name": "Anna"})
    assert (renamed.status_code, *(renamed.json()[k] for k in ("id", "name", "faces"))) == (
        200,
        "anna",
        "Anna",
        1,
    )
    assert (await api.get(f"{collection}/subjects/ann")).status_code == 404
    (face,) = (await api.get(f"{collection}/subjects/anna/faces")).json()["faces"]
    assert (enrolled["face_id"], "anna") == (face["face_id"], face["subject"])


async def test_a_subject_cannot_take_the_id_of_another_or_lose_its_own(api, collection):
    for name in ("ann", "bob"):
        await api.post(f"{collection}/subjects", json={"id": name})
    taken = await api.patch(f"{collection}/subjects/ann", json={"id": "bob"})
    assert (taken.status_code, taken.json()["type"]) == (409, "conflict")
    assert (await api.patch(f"{collection}/subjects/ann", json={"id": "a b"})).status_code == 422
    assert (await api.patch(f"{collection}/subjects/ann", json={"id": None})).json()["id"] == "ann"


async def test_subjects_are_found_by_id_name_and_metadata(api, collection):
    for name, shown, details in (
        ("ann-1", "Ann Marie", {"floor": 3, "tags": ["a", "b"]}),
        ("ann-2", "Annabel 100%", {"floor": 4}),
        ("bob_1", None, {"floor": 3}),
    ):
        await api.post(f"{collection}/subjects", json={"id": name, "name": shown, "metadata": details})

    async def found(**params):
        answer = await api.get(f"{collection}/subjects", params=params)
        assert answer.status_code == 200, answer.text
        return [subject["id"] for subject in answer.json()["subjects"]]

    assert await found(prefix="ann") == ["ann-1", "ann-2"]
    assert await found(prefix="bob_") == ["bob_1"]
    assert await found(prefix="nn") == []
    assert await found(name="MARIE") == ["ann-1"]
    assert await found(name="0%") == ["ann-2"]
    assert await found(metadata='{"floor": 3}') == ["ann-1", "bob_1"]
    assert await found(metadata='{"tags": ["b"]}', prefix="ann") == ["ann-1"]
    assert await found(prefix="ann", after="ann-1") == ["ann-2"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("prefix", "a b"), ("name", "\0"), ("name", "x" * 257), ("metadata", "[1]"), ("metadata", "{"),
     ("metadata", '{"a": "\\u0000"}'), ("metadata", '{"a":' * 3000)],
)  # fmt: skip
async def test_a_search_that_makes_no_sense_is_422(api, collection, field, value):
    answer = await api.get(f"{collection}/subjects", params={field: value})
    assert (422, field) == (answer.status_code, answer.json()["errors"][0]["field"])
