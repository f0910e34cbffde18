"""Three gateways over one database and one Redis are one: what is counted, kept up and erased holds for all of them."""

import asyncio
import uuid
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from contracts.identity import NewCollection
from contracts.models import ModelRef
from gateway.identities.collections import collection_row
from gateway.identities.indexing import index_name
from gateway.identities.removals import Removals, hide
from gateway.identities.scrubbing import Scrubbing
from gateway.identities.upkeep import Upkeep
from gateway.parts import Parts
from gateway.settings.gateway import GatewaySettings
from gateway.settings.stores import StoreSettings

ADMIN = {"X-API-Key": "the-operator-key-of-this-test"}
MODEL = ModelRef(name="m", version="1", digest="0" * 64)
PEOPLE = text(
    "WITH who AS (INSERT INTO subjects (collection_pk, id, metadata) "
    "SELECT :pk, 'p' || n, '{}' FROM generate_series(1, 400) AS n RETURNING pk) "
    "INSERT INTO faces (id, collection_pk, subject_pk, embedding, face, warnings, image_sha256) "
    "SELECT gen_random_uuid(), :pk, pk, ARRAY[random(), random(), 1]::vector, '{}', '{}', '' FROM who"
)


@pytest.fixture(scope="module")
async def three(gateway_over, services, new_database):
    """Three gateways that start at once on an empty database."""
    url, admin = await new_database(), ADMIN["X-API-Key"]
    async with AsyncExitStack() as stack:
        # A busy machine makes Redis late, and what cannot be counted in time is allowed.
        given = {"admin_key": admin, "database_url": url, "redis_timeout": 10}
        gateways = [gateway_over(services, **given) for _ in range(3)]
        yield await asyncio.gather(*(stack.enter_async_context(gateway) for gateway in gateways))


@pytest.fixture(scope="module")
async def keepers(new_database):
    """The parts of three gateways without their upkeep, which the tests do themselves."""
    url, found = await new_database(), []
    for _ in range(3):
        parts = Parts(GatewaySettings(stores=StoreSettings(database_url=url, redis_url=None)))
        await parts.database.open()
        found.append(parts)
    yield found
    for parts in found:
        await parts.database.aclose()


async def filled(parts):
    name = f"c{uuid.uuid4().hex}"
    await parts.collections.create("t", NewCollection(id=name), MODEL, 3)
    row = await parts.collections.row("t", name)
    async with parts.database.transaction() as session:
        await session.execute(PEOPLE, {"pk": row.pk})
    return row


async def asked(parts, question, **values):
    async with parts.database.transaction() as session:
        return await session.scalar(text(question), values)


async def test_a_keys_limit_holds_for_all_of_them_together(three):
    body = {"name": "test", "scopes": ["analyze"], "rate_limit": "10/hour"}
    key = {"X-API-Key": (await three[0].post("/v1/keys", json=body, headers=ADMIN)).json()["key"]}
    answers = await asyncio.gather(*(three[n % 3].get("/v1/models", headers=key) for n in range(24)))
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [429] * 14


async def test_one_enrolment_sent_to_all_of_them_is_one_face_and_one_line(three, person):
    await three[0].post("/v1/collections", json={"id": "staff"}, headers=ADMIN)
    await three[1].post("/v1/collections/staff/subjects", json={"id": "ann"}, headers=ADMIN)
    headers = ADMIN | {"Idempotency-Key": uuid.uuid4().hex}
    address, picture = "/v1/collections/staff/subjects/ann/faces", person("ann")
    with capture_logs() as logs:
        answers = await asyncio.gather(
            *(gateway.post(address, files={"image": picture}, headers=headers) for gateway in three * 2)
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["face_id"] for answer in answers}) == 1
    assert (await three[2].get("/v1/collections/staff", headers=ADMIN)).json()["faces"] == 1
    assert len([line for line in logs if line.get("action") == "face.enrol"]) == 1


async def test_whom_one_erases_none_finds(three, person, cached):
    await three[0].post("/v1/collections", json={"id": "guests"}, headers=ADMIN)
    before, picture = await cached(), person("bob", shot=uuid.uuid4().hex)
    await three[0].post("/v1/collections/guests/subjects", json={"id": "bob"}, headers=ADMIN)
    address = "/v1/collections/guests/subjects/bob"
    await three[1].post(f"{address}/faces", files={"image": picture}, headers=ADMIN)
    assert (await three[2].delete(address, headers=ADMIN)).status_code == 204
    assert before == await cached()
    for gateway in three:
        found = await gateway.post(
            "/v1/collections/guests/identify", files={"image": person("bob")}, headers=ADMIN
        )
        assert found.json()["faces"][0]["candidates"] == []


async def test_an_index_is_built_once_and_a_deleted_collection_removed_once(keepers):
    row, doomed = await filled(keepers[0]), await filled(keepers[0])
    upkeeps = [Upkeep(p.database, p._erasures, p._reembedding, index_from=100) for p in keepers]
    await asyncio.gather(*(upkeep._keep_indexes() for upkeep in upkeeps))
    assert await asked(keepers[1], "SELECT to_regclass(:name)", name=index_name(row.pk)) is not None
    async with keepers[1].database.transaction() as session:
        await hide(session, await collection_row(session, "t", doomed.id, lock="exclusive"))
    await asyncio.gather(*(Removals(parts.database).carry_out() for parts in keepers))
    assert await asked(keepers[2], "SELECT count(*) FROM collections WHERE pk = :pk", pk=doomed.pk) == 0
    assert await asked(keepers[2], "SELECT count(*) FROM faces WHERE collection_pk = :pk", pk=doomed.pk) == 0
    await asyncio.gather(*(upkeep._keep_indexes() for upkeep in upkeeps))
    assert await asked(keepers[1], "SELECT to_regclass(:name)", name=index_name(doomed.pk)) is None


async def test_scrubbing_by_all_of_them_at_once_leaves_nothing_to_do(keepers):
    row = await filled(keepers[0])
    await keepers[0].collections.delete("t", row.id)
    for _ in range(10):
        # One leads, the others stay away; what a snapshot of another still saw is for the next time.
        done = await asyncio.gather(*(Scrubbing(parts.database).carry_out() for parts in keepers))
        if all(done):
            break
    assert await asked(keepers[0], "SELECT count(*) FROM scrubs_due") == 0
    invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
    assert await asked(keepers[0], invalid) == 0
