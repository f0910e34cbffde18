"""Identification on a replica: it takes the load, and whoever has just enrolled is found all the same."""

import shutil

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from gateway.stores.database import single_connection_engine
from hexaface.embedded.stores import running_stores
from hexaface.embedded.stores.postgresql import Cluster

STAFF = "/v1/collections/staff"


@pytest.fixture(scope="module")
def replicated(home_factory):
    """A PostgreSQL with a replica that follows it, and a Valkey: their URLs."""
    home, second = home_factory(), Cluster(home_factory())
    with running_stores(home) as urls:
        first = Cluster(home)
        second._sockets.mkdir(parents=True, exist_ok=True)
        if second._account:
            second.programs = second._account.programs(second.programs, second._home)
            second._account.admit(second._home)
        copy = second.data.with_suffix(".copy")
        copy.mkdir(mode=0o700)
        if second._account:
            second._account.own(copy)
        source = [
            "-h",
            str(first._sockets),
            "-U",
            "hexaface",
            "-D",
            str(copy),
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
        ]
        second._run("pg_basebackup", *source, data=False)
        copy.rename(second.data)
        second.start()
        try:
            yield urls, second.url
        finally:
            second.stop()
    shutil.rmtree(second._home, ignore_errors=True)


@pytest.fixture
async def client(gateway_over, replicated):
    urls, replica = replicated
    stores = {"database_url": urls.database, "redis_url": urls.redis, "database_read_url": replica}
    async with gateway_over(**stores) as client:
        client.replica = replica
        await client.post("/v1/collections", json={"id": "staff"})
        yield client
        await client.delete(STAFF)


def reads(database):
    return REGISTRY.get_sample_value("hexaface_database_reads_total", {"database": database}) or 0


async def on(url, statement):
    engine = single_connection_engine(url)
    async with engine.begin() as connection:
        answer = await connection.scalar(text(statement))
    await engine.dispose()
    return answer


async def enrol(client, person, name):
    await client.post(f"{STAFF}/subjects", json={"id": name})
    answer = await client.post(f"{STAFF}/subjects/{name}/faces", files={"image": person(name)})
    assert answer.status_code == 201, answer.text


async def found(client, picture):
    answer = await client.post(f"{STAFF}/identify", files={"image": picture})
    assert answer.status_code == 200, answer.text
    candidates = answer.json()["faces"][0]["candidates"]
    return candidates[0]["subject"] if candidates else None


async def test_a_replica_that_is_behind_is_not_asked_by_who_has_just_enrolled(client, person):
    await on(client.replica, "SELECT pg_wal_replay_pause()::text")
    try:
        before = reads("primary")
        await enrol(client, person, "ann")
        assert await found(client, person("ann", shot=2)) == "ann"
        await client.delete(f"{STAFF}/subjects/ann")
        assert await found(client, person("ann", shot=3)) is None
        assert reads("primary") - before == 2
    finally:
        await on(client.replica, "SELECT pg_wal_replay_resume()::text")


async def test_a_replica_that_has_caught_up_answers(client, person):
    await enrol(client, person, "bob")
    before = reads("replica")
    for shot in range(200):
        assert await found(client, person("bob", shot=shot)) == "bob"
        if reads("replica") > before:
            return
    raise AssertionError("the replica was never asked")


async def test_a_replica_that_is_away_or_without_redis_leaves_the_primary(gateway_over, replicated, person):
    urls, replica = replicated
    for stores in (
        {"database_read_url": "postgresql://nobody@127.0.0.1:1/none", "redis_url": urls.redis},
        {"database_read_url": replica, "redis_url": "redis://127.0.0.1:1/0"},
    ):
        async with gateway_over(database_url=urls.database, **stores) as client:
            await client.post("/v1/collections", json={"id": "staff"})
            await enrol(client, person, "cy")
            assert await found(client, person("cy", shot=2)) == "cy"
            await client.delete(STAFF)
