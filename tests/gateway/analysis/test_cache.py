"""The embedding cache spares the models and never changes an answer."""

import uuid

from prometheus_client import REGISTRY


def lookups(result):
    return REGISTRY.get_sample_value("hexaface_cache_lookups_total", {"result": result}) or 0


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


async def test_no_store_is_honoured(api, cached, person):
    before = await cached()
    answer = await api.post(
        "/v1/embed",
        files={"image": person("ann", shot=uuid.uuid4().hex)},
        headers={"Cache-Control": "no-store"},
    )
    assert answer.headers["X-Cache"] == "off"
    assert before == await cached()


async def test_cached_embeddings_expire(api, cached, valkey, person):
    before = await cached()
    await api.post("/v1/embed", files={"image": person("ann", shot=uuid.uuid4().hex)})
    (key,) = await cached() - before
    assert 0 < await valkey.ttl(key) <= 24 * 3600


async def test_a_damaged_entry_is_a_miss(api, cached, valkey, person):
    picture = person("ann", shot=uuid.uuid4().hex)
    before = await cached()
    first = await api.post("/v1/embed", files={"image": picture})
    (key,) = await cached() - before
    for field in await valkey.hkeys(key):
        await valkey.hset(key, field, b"\xc1 not msgpack")
    again = await api.post("/v1/embed", files={"image": picture})
    assert (again.status_code, again.headers["X-Cache"]) == (200, "miss")
    assert first.json()["faces"] == again.json()["faces"]
