"""Whoever is enrolled is found, whatever was erased nearby: the index answers what the exact search answers."""

import asyncio
import random
import uuid
from array import array

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from contracts.identity import NewCollection
from contracts.models import ModelRef
from gateway.identities.indexing import build_index
from gateway.identities.search import nearest_subjects
from gateway.parts import Parts
from gateway.settings.gateway import GatewaySettings
from gateway.settings.stores import StoreSettings

MODEL = ModelRef(name="m", version="1", digest="0" * 64)
DIMENSIONS, PLACES = 16, 4
INSERT = text(
    "WITH who AS (INSERT INTO subjects (collection_pk, id, metadata) VALUES (:collection, :subject, '{}') "
    "ON CONFLICT (collection_pk, id) DO UPDATE SET name = NULL RETURNING pk) "
    "INSERT INTO faces (id, collection_pk, subject_pk, embedding, face, warnings, image_sha256) "
    "SELECT :face, :collection, pk, CAST(:embedding AS text)::vector, '{}', '{}', '' FROM who"
)


def near(place, seed, spread):
    """A direction near one of a few places."""
    centre, chance = random.Random(place), random.Random(seed)
    values = [centre.gauss(0, 1) + spread * chance.gauss(0, 1) for _ in range(DIMENSIONS)]
    length = sum(v * v for v in values) ** 0.5
    return [v / length for v in values]


class World:
    """A collection with an index that nobody vacuums."""

    def __init__(self, database, row):
        self.database, self.row, self.count = database, row, 0

    async def enrol(self, place, faces, spread, subject=None):
        rows = []
        for _ in range(faces):
            self.count += 1
            rows.append(
                {
                    "collection": self.row.pk,
                    "subject": subject or f"at{place}-{self.count}",
                    "face": uuid.uuid4(),
                    "embedding": str(near(place, self.count, spread)),
                }
            )
        async with self.database.transaction() as session:
            await session.execute(INSERT, rows)

    async def erase(self, place, share):
        query = "DELETE FROM subjects WHERE collection_pk = :pk AND id LIKE :place AND hashtext(id) % 100 < :share"
        async with self.database.transaction() as session:
            await session.execute(text(query), {"pk": self.row.pk, "place": f"at{place}-%", "share": share})

    async def found(self, place, top_k, *, indexed):
        query = array("f", near(place, "query", 0.02)).tobytes()
        async with self.database.transaction() as session:
            faces = await session.scalar(
                text("SELECT count(*) FROM faces WHERE collection_pk = :pk"), {"pk": self.row.pk}
            )
            if indexed:  # so few rows would be sorted instead
                for other in ("sort", "seqscan", "bitmapscan"):
                    await session.execute(text(f"SET LOCAL enable_{other} = off"))
            hits = await nearest_subjects(session, self.row, query, top_k, faces=faces, indexed=indexed)
        return [(hit.subject, round(hit.similarity, 4)) for hit in hits]


@pytest.fixture(scope="module")
async def new_world(new_database):
    parts = Parts(GatewaySettings(stores=StoreSettings(database_url=await new_database(), redis_url=None)))
    database = parts.database
    await database.open()
    async with database.transaction() as session:
        # Vacuum would hide what is tested: that rows which are dead but not yet removed do no harm.
        await session.execute(text("ALTER TABLE faces SET (autovacuum_enabled = false)"))

    async def make():
        name = f"c{uuid.uuid4().hex}"
        await parts.collections.create("t", NewCollection(id=name), MODEL, DIMENSIONS)
        row = await parts.collections.row("t", name)
        world = World(database, row)
        await world.enrol(0, 20, 0.3)
        assert await build_index(database.url, row.pk, row.dimensions)
        return world

    yield make
    await database.aclose()


async def test_a_person_is_found_after_all_the_others_nearby_were_erased(new_world):
    world = await new_world()
    await world.enrol(1, 400, 0.02)
    await world.enrol(1, 1, 0.2)
    survivor = f"at1-{world.count}"
    async with world.database.transaction() as session:
        await session.execute(
            text("DELETE FROM subjects WHERE collection_pk = :pk AND id <> :id"),
            {"pk": world.row.pk, "id": survivor},
        )
    found = await world.found(1, 5, indexed=True)
    assert [survivor] == [subject for subject, _ in found]


async def test_hundreds_of_faces_of_one_person_hide_nobody_else(new_world):
    world = await new_world()
    await world.enrol(1, 600, 0.1, subject="filmed")
    assert await world.found(0, 1, indexed=False) == await world.found(0, 1, indexed=True)


place = st.integers(0, PLACES - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("enrol"), place, st.sampled_from([1, 10, 150, 250])),
        st.tuples(st.just("erase"), place, st.sampled_from([30, 90, 97, 100])),
    ),
    min_size=2,
    max_size=6,
)


# Not shrunk: an example takes a second, and the steps of a failure are few as they are.
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(steps=steps, top_k=st.integers(1, 20))
def test_the_index_answers_what_the_exact_search_answers_after_any_mix(new_world, loop_of, steps, top_k):
    async def play():
        world = await new_world()
        for step, where, amount in steps:
            if step == "enrol":
                await world.enrol(where, amount, 0.8)
            else:
                await world.erase(where, amount)
        for where in range(PLACES):
            exact = await world.found(where, top_k, indexed=False)
            assert exact == await world.found(where, top_k, indexed=True)

    loop_of(play())


@pytest.fixture(scope="module")
async def loop_of():
    """Runs a coroutine in the session's event loop from a test that is a plain function, as hypothesis wants."""
    loop = asyncio.get_running_loop()
    return loop.run_until_complete
