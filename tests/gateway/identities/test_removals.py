"""Deleting a collection: gone at once, waiting for nobody, in nobody's way, and nothing of it left behind."""

import asyncio
import uuid

import pytest
from sqlalchemy import text

from contracts.identity import NewCollection
from contracts.models import ModelRef
from gateway.identities.collections import collection_row
from gateway.identities.indexing import build_index, drop_left_over, index_name
from gateway.identities.removals import Removals, hide
from gateway.parts import Parts
from gateway.settings.gateway import GatewaySettings
from gateway.settings.stores import StoreSettings
from gateway.stores.database import single_connection_engine
from web.problems import NotFoundError

MODEL = ModelRef(name="m", version="1", digest="0" * 64)
PATIENCE = 5.0  # seconds; before, a deletion waited for the backup's end
PEOPLE = text(
    "WITH who AS (INSERT INTO subjects (collection_pk, id, metadata) "
    "SELECT :pk, 'p' || n, '{}' FROM generate_series(1, :people) AS n RETURNING pk) "
    "INSERT INTO faces (id, collection_pk, subject_pk, embedding, face, warnings, image_sha256) "
    "SELECT gen_random_uuid(), :pk, pk, ARRAY[random(), random(), 1]::vector, '{}', '{}', "
    "decode(md5(:pk || '/' || pk), 'hex') FROM who"
)


@pytest.fixture(scope="module")
async def parts(new_database):
    found = Parts(GatewaySettings(stores=StoreSettings(database_url=await new_database(), redis_url=None)))
    await found.database.open()
    yield found
    await found.database.aclose()


@pytest.fixture
def filled(parts):
    """Make an indexed collection with people in it; its row."""

    async def make(people=300):
        name = f"c{uuid.uuid4().hex}"
        await parts.collections.create("t", NewCollection(id=name), MODEL, 3)
        row = await parts.collections.row("t", name)
        async with parts.database.transaction() as session:
            await session.execute(PEOPLE, {"pk": row.pk, "people": people})
        assert await build_index(parts.database.url, row.pk, 3)
        return row

    return make


async def asked(parts, question, **values):
    async with parts.database.transaction() as session:
        return await session.scalar(text(question), values)


async def left_of(parts, row):
    return await asked(
        parts,
        "SELECT (SELECT count(*) FROM faces WHERE collection_pk = :pk) + "
        "(SELECT count(*) FROM subjects WHERE collection_pk = :pk) + "
        "(SELECT count(*) FROM collections WHERE pk = :pk)",
        pk=row.pk,
    )


async def test_a_deletion_does_not_wait_for_a_backup_nor_hold_up_other_tenants(parts, filled):
    row, other = await filled(), await filled()
    engine = single_connection_engine(parts.database.url)
    async with engine.connect() as backup:
        await backup.execute(
            text("SELECT count(*) FROM faces")
        )  # its lock stays until the end, as pg_dump's does
        async with asyncio.timeout(PATIENCE):
            deletion = asyncio.create_task(parts.collections.delete("t", row.id))
            while not deletion.done():
                assert await asked(parts, "SELECT count(*) FROM faces WHERE collection_pk = :pk", pk=other.pk)
            assert await deletion == 300
    await engine.dispose()
    assert await left_of(parts, row) == 0


async def test_collections_that_are_deleted_at_once_do_not_deadlock(parts, filled):
    rows = [await filled() for _ in range(4)]
    assert await asyncio.gather(*(parts.collections.delete("t", row.id) for row in rows)) == [300] * 4
    for row in rows:
        assert await left_of(parts, row) == 0


async def test_one_collection_deleted_twice_at_once_is_deleted_once(parts, filled):
    row = await filled()
    both = await asyncio.gather(
        *(parts.collections.delete("t", row.id) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in both) == ["NotFoundError", "int"]


async def test_a_large_collection_is_gone_at_once_and_removed_step_by_step(parts, filled):
    row = await filled(2500)
    async with parts.database.transaction() as session:
        await hide(session, await collection_row(session, "t", row.id, lock="exclusive"))
    with pytest.raises(NotFoundError):
        await parts.collections.read("t", row.id)
    assert not await Removals(parts.database).carry_out(seconds=0)
    assert 0 < await left_of(parts, row) < 5000
    # Another gateway goes on; the pictures' cached embeddings are noted under the tenant whose they are.
    assert await Removals(parts.database).carry_out()
    assert await left_of(parts, row) == 0
    assert await asked(parts, "SELECT count(*) FROM cache_erasures WHERE tenant = 't'") >= 2500
    await parts.collections.create("t", NewCollection(id=row.id), MODEL, 3)


async def test_an_enrolment_under_way_ends_before_the_deletion_or_finds_nothing(parts, filled):
    row = await filled()
    async with parts.database.transaction() as session:
        held = await collection_row(session, "t", row.id, lock="shared")
        deletion = asyncio.create_task(parts.collections.delete("t", row.id))
        await asyncio.sleep(0.2)
        assert not deletion.done()
        await session.execute(PEOPLE, {"pk": held.pk, "people": 0})
    await deletion
    with pytest.raises(NotFoundError):
        async with parts.database.transaction() as session:
            await collection_row(session, "t", row.id, lock="shared")


async def test_the_index_of_a_deleted_collection_is_dropped_and_the_others_stay(parts, filled):
    row, other = await filled(), await filled()
    await parts.collections.delete("t", row.id)
    await drop_left_over(parts.database.url)
    assert await asked(parts, "SELECT to_regclass(:name)", name=index_name(row.pk)) is None
    assert await asked(parts, "SELECT to_regclass(:name)", name=index_name(other.pk)) is not None
