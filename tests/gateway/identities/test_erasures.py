"""The embedding cache spares the models, never changes an answer, and forgets whom it must forget."""

import uuid

import pytest
import redis.asyncio as redis
from prometheus_client import REGISTRY


@pytest.fixture
async def valkey(stores):
    """A client of the session's Valkey."""
    async with redis.Redis.from_url(stores.redis) as client:
        yield client


def lookups(result):
    return REGISTRY.get_sample_value("hexaface_cache_lookups_total", {"result": result}) or 0


async def keys_of(valkey):
    return {key async for key in valkey.scan_iter("hexaface:faces:*")}


async def test_a_hit_answers_alike_without_touching_a_model(api, services, person):
    picture = person("ann", shot=uuid.uuid4().hex)
    first = await api.post("/v1/embed", files={"image": picture})
    calls, hits = services.calls, lookups("hit")
    second = await api.post("/v1/embed", files={"image": picture})
    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("miss", "hit")
    assert calls == services.calls
    assert hits + 1 == lookups("hit")
    assert first.json()["faces"] == second.json()["faces"]
    assert "cache" in second.json()["timings_ms"]


async def test_other_options_or_another_model_are_a_miss(replaceable, person):
    api, services = replaceable
    picture = person("ann", shot=uuid.uuid4().hex)
    await api.post("/v1/embed", files={"image": picture})
    other = await api.post("/v1/embed", files={"image": picture}, data={"max_faces": 3})
    assert other.headers["X-Cache"] == "miss"
    services.embedder = services.embedder.model_copy(update={"digest": "a" * 64})
    # The gateway learns of the new model by the first answer that carries its digest.
    await api.post("/v1/embed", files={"image": person("bob", shot=uuid.uuid4().hex)})
    replaced = await api.post("/v1/embed", files={"image": picture})
    assert replaced.headers["X-Cache"] == "miss"
    assert replaced.json()["faces"][0]["embedding"]["model"]["digest"] == "a" * 64


async def test_no_store_is_honoured(api, valkey, person):
    before = await keys_of(valkey)
    answer = await api.post(
        "/v1/embed",
        files={"image": person("ann", shot=uuid.uuid4().hex)},
        headers={"Cache-Control": "no-store"},
    )
    assert answer.headers["X-Cache"] == "off"
    assert before == await keys_of(valkey)


async def test_cached_embeddings_expire(api, valkey, person):
    before = await keys_of(valkey)
    await api.post("/v1/embed", files={"image": person("ann", shot=uuid.uuid4().hex)})
    (key,) = await keys_of(valkey) - before
    assert 0 < await valkey.ttl(key) <= 24 * 3600


async def test_an_erased_subject_is_gone_from_postgresql_and_redis(api, collection, enrol, valkey, person):
    before = await keys_of(valkey)
    await enrol("ann", person("ann", shot=uuid.uuid4().hex))
    await enrol("ann", person("ann", shot=uuid.uuid4().hex), mode="fast")
    assert len(await keys_of(valkey) - before) == 2
    assert (await api.delete(f"{collection}/subjects/ann")).status_code == 204
    assert before == await keys_of(valkey)
    assert (await api.get(f"{collection}/subjects/ann")).status_code == 404
    assert (await api.get(collection)).json()["faces"] == 0
    found = await api.post(f"{collection}/identify", files={"image": person("ann")})
    assert found.json()["faces"][0]["candidates"] == []


async def test_erasing_a_face_or_a_collection_empties_the_cache_too(api, collection, enrol, valkey, person):
    before = await keys_of(valkey)
    face = (await enrol("ann", person("ann", shot=uuid.uuid4().hex))).json()["face_id"]
    assert (await api.delete(f"{collection}/subjects/ann/faces/{face}")).status_code == 204
    assert before == await keys_of(valkey)
    await enrol("ann", person("ann", shot=uuid.uuid4().hex))
    await api.delete(collection)
    assert before == await keys_of(valkey)


async def test_an_erasure_while_redis_is_away_is_made_up_for(gateway_over, new_database, valkey, person):
    database_url, before = await new_database(), await keys_of(valkey)
    async with gateway_over(database_url=database_url) as client:
        await client.post("/v1/collections", json={"id": "staff"})
        await client.post("/v1/collections/staff/subjects", json={"id": "ann"})
        picture = person("ann", shot=uuid.uuid4().hex)
        url = "/v1/collections/staff/subjects/ann/faces"
        assert (await client.post(url, files={"image": picture})).status_code == 201
    async with gateway_over(database_url=database_url, redis_url="redis://127.0.0.1:1/0") as client:
        assert (await client.delete("/v1/collections/staff/subjects/ann")).status_code == 204
    assert len(await keys_of(valkey) - before) == 1
    async with gateway_over(database_url=database_url) as client:  # its upkeep starts with what is due
        for _ in range(100):
            if before == await keys_of(valkey):
                break
            await client.get("/healthz")
    assert before == await keys_of(valkey)


async def test_a_damaged_entry_is_a_miss(api, valkey, person):
    picture = person("ann", shot=uuid.uuid4().hex)
    before = await keys_of(valkey)
    first = await api.post("/v1/embed", files={"image": picture})
    (key,) = await keys_of(valkey) - before
    for field in await valkey.hkeys(key):
        await valkey.hset(key, field, b"\xc1 not msgpack")
    again = await api.post("/v1/embed", files={"image": picture})
    assert (again.status_code, again.headers["X-Cache"]) == (200, "miss")
    assert first.json()["faces"] == again.json()["faces"]
