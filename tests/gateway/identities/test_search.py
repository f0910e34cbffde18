"""Search on real PostgreSQL: exact and by index, one collection among others."""

import random
from array import array

import pytest

from contracts.faces import Box, Face, Landmarks, Point
from contracts.identity import NewCollection
from contracts.models import ModelRef
from gateway.identities.faces import NewFace
from gateway.identities.indexing import build_index, gallery
from gateway.identities.search import nearest_subjects
from gateway.keys.principal import Principal
from gateway.parts import Parts
from gateway.settings.gateway import GatewaySettings
from gateway.settings.stores import StoreSettings

WHO = Principal("test", "t", frozenset())
MODEL = ModelRef(name="m", version="1", digest="0" * 64)
SPOT = Point(x=0, y=0)
FACE = Face(
    box=Box(x=0, y=0, width=9, height=9),
    score=1,
    landmarks=Landmarks(left_eye=SPOT, right_eye=SPOT, nose=SPOT, mouth_left=SPOT, mouth_right=SPOT),
)
DIMENSIONS, PEOPLE, SHOTS = 32, 60, 4


def vector(*seed):
    chance = random.Random(repr(seed))
    return [chance.gauss(0, 1) for _ in range(DIMENSIONS)]


def embedding(person, shot):
    values = [a + 0.2 * b for a, b in zip(vector(person), vector(person, shot), strict=True)]
    length = sum(v * v for v in values) ** 0.5
    return array("f", [v / length for v in values]).tobytes()


@pytest.fixture(scope="module")
async def filled(new_database):
    """Two collections of the same people; the gateway's parts and their rows."""
    parts = Parts(GatewaySettings(stores=StoreSettings(database_url=await new_database(), redis_url=None)))
    await parts.database.open()
    for name in ("one", "two"):
        await parts.collections.create("t", NewCollection(id=name), MODEL, DIMENSIONS)
        for person in range(PEOPLE):
            for shot in range(SHOTS):
                new = NewFace(FACE, embedding(person, shot), MODEL, b"x")
                await parts.faces.add(WHO, name, f"p{person}", new, idempotency=None, create_subject=True)
    yield parts, [await parts.collections.row("t", name) for name in ("one", "two")]
    await parts.database.aclose()


async def search(database, row, query, top_k, *, indexed):
    async with database.transaction() as session:
        return await nearest_subjects(session, row, query, top_k, faces=PEOPLE * SHOTS, indexed=indexed)


async def test_the_index_finds_what_exact_search_finds(filled):
    database, rows = filled[0].database, filled[1]
    for row in rows:
        assert await build_index(database.url, row.pk, row.dimensions)
        async with database.transaction() as session:
            state = await gallery(session, row)
        assert (state.faces, state.indexed) == (PEOPLE * SHOTS, True)
    for person in range(0, PEOPLE, 5):
        query = embedding(person, "new")
        exact = await search(database, rows[0], query, 5, indexed=False)
        found = await search(database, rows[0], query, 5, indexed=True)
        assert f"p{person}" == exact[0].subject
        assert [hit.subject for hit in exact] == [hit.subject for hit in found]
        assert [h.similarity for h in exact] == pytest.approx([h.similarity for h in found], abs=1e-5)


async def test_asking_for_everybody_gives_everybody_once(filled):
    database, rows = filled[0].database, filled[1]
    found = await search(database, rows[1], embedding(3, "new"), PEOPLE, indexed=False)
    assert {f"p{i}" for i in range(PEOPLE)} == {hit.subject for hit in found}
    assert len(found) == PEOPLE


async def test_many_near_faces_of_one_subject_leave_room_for_the_others(filled):
    parts, rows = filled
    for shot in range(40):
        new = NewFace(FACE, embedding(0, f"more{shot}"), MODEL, b"x")
        await parts.faces.add(WHO, "two", "p0", new, idempotency=None)
    found = await search(parts.database, rows[1], embedding(0, "new"), 3, indexed=False)
    assert (len({hit.subject for hit in found}), found[0].subject) == (3, "p0")


async def test_an_invalid_index_is_built_again_and_an_unneeded_lock_is_free(filled):
    database, rows = filled[0].database, filled[1]
    assert await build_index(database.url, rows[0].pk, rows[0].dimensions)
    assert await build_index(database.url, rows[0].pk, rows[0].dimensions)
