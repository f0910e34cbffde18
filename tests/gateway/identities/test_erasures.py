"""Whoever is erased is forgotten, in PostgreSQL and in the cache."""

import asyncio
import uuid

# An erasure that found no connection in time on a busy machine is tried again after 30 s.
_MADE_UP_FOR_SECONDS = 75
# The gateway's .1 s are for a caller who waits; here the entry must be written however busy the machine is.
_PATIENT = {"redis_timeout": 10}


async def test_an_erased_subject_is_gone_from_postgresql_and_redis(api, collection, enrol, cached, person):
    before = await cached()
    await enrol("ann", person("ann", shot=uuid.uuid4().hex))
    await enrol("ann", person("ann", shot=uuid.uuid4().hex), mode="fast")
    assert len(await cached() - before) == 2
    assert (await api.delete(f"{collection}/subjects/ann")).status_code == 204
    assert before == await cached()
    assert (await api.get(f"{collection}/subjects/ann")).status_code == 404
    assert (await api.get(collection)).json()["faces"] == 0
    found = await api.post(f"{collection}/identify", files={"image": person("ann")})
    assert found.json()["faces"][0]["candidates"] == []


async def test_erasing_a_face_or_a_collection_empties_the_cache_too(api, collection, enrol, cached, person):
    before = await cached()
    face = (await enrol("ann", person("ann", shot=uuid.uuid4().hex))).json()["face_id"]
    assert (await api.delete(f"{collection}/subjects/ann/faces/{face}")).status_code == 204
    assert before == await cached()
    await enrol("ann", person("ann", shot=uuid.uuid4().hex))
    await api.delete(collection)
    assert before == await cached()


async def test_an_erasure_while_redis_is_away_is_made_up_for(gateway_over, new_database, cached, person):
    database_url, before = await new_database(), await cached()
    async with gateway_over(database_url=database_url, **_PATIENT) as client:
        await client.post("/v1/collections", json={"id": "staff"})
        await client.post("/v1/collections/staff/subjects", json={"id": "ann"})
        picture = person("ann", shot=uuid.uuid4().hex)
        url = "/v1/collections/staff/subjects/ann/faces"
        assert (await client.post(url, files={"image": picture})).status_code == 201
    async with gateway_over(database_url=database_url, redis_url="redis://127.0.0.1:1/0") as client:
        assert (await client.delete("/v1/collections/staff/subjects/ann")).status_code == 204
    assert len(await cached() - before) == 1
    async with (
        gateway_over(database_url=database_url, **_PATIENT),  # its upkeep starts with what is due
        asyncio.timeout(_MADE_UP_FOR_SECONDS),
    ):
        while before != await cached():  # noqa: ASYNC110  # Redis says it no other way
            await asyncio.sleep(0.05)
