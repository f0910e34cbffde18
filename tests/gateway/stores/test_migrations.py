"""The database's history: from nothing, from an earlier version with people in it, and by two gateways at once."""

import asyncio
from collections import defaultdict

from sqlalchemy import text

from gateway.stores.database import migrate, single_connection_engine
from gateway.stores.tables import Table


async def described(url):
    """Tables -> columns -> whether they may be NULL, as the database has them."""
    query = "SELECT table_name, column_name, is_nullable FROM information_schema.columns WHERE table_schema = 'public'"
    engine, found = single_connection_engine(url), defaultdict(dict)
    async with engine.connect() as connection:
        for table, column, nullable in await connection.execute(text(query)):
            found[table][column] = nullable == "YES"
    await engine.dispose()
    del found["alembic_version"]
    return dict(found)


async def test_an_empty_database_becomes_what_the_tables_say(new_database):
    url = await new_database()
    await migrate(url)
    expected = {
        table.name: {c.name: bool(c.nullable) for c in table.columns}
        for table in Table.metadata.sorted_tables
    }
    assert expected == await described(url)


async def test_gateways_that_start_at_once_migrate_once(new_database):
    url = await new_database()
    await asyncio.gather(*(migrate(url) for _ in range(4)))
    assert "faces" in await described(url)


async def test_a_filled_database_keeps_its_people(new_database, gateway_over, person):
    url = await new_database()
    await migrate(url, "0001")
    async with gateway_over(database_url=url) as client:
        await client.post("/v1/collections", json={"id": "staff"})
        await client.post("/v1/collections/staff/subjects", json={"id": "ann", "metadata": {"badge": 7}})
        faces = "/v1/collections/staff/subjects/ann/faces"
        assert (await client.post(faces, files={"image": person("ann")})).status_code == 201
    await migrate(url)
    async with gateway_over(database_url=url) as client:
        found = await client.post("/v1/collections/staff/identify", files={"image": person("ann", shot=4)})
        assert found.json()["faces"][0]["candidates"][0]["subject"] == "ann"
    engine = single_connection_engine(url)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
    await engine.dispose()


async def test_an_unreachable_database_is_a_503_that_says_so(gateway_over):
    async with gateway_over(
        database_url="postgresql://nobody@127.0.0.1:1/none", admin_key="k" * 20
    ) as client:
        answer = await client.get("/v1/collections", headers={"X-API-Key": "k" * 20})
        assert (answer.status_code, answer.json()["type"]) == (503, "unavailable")
        assert "Retry-After" in answer.headers


async def test_people_of_the_first_version_stay_and_its_indexes_go(new_database):
    url = await new_database()
    await migrate(url, "0001")
    engine = single_connection_engine(url)
    async with engine.begin() as connection:
        for statement in (
            (
                "INSERT INTO collections (tenant, id, description, model_name, model_version, model_digest, dimensions) "
                "VALUES ('t', 'staff', '', 'm', '1', 'd', 3)"
            ),
            "INSERT INTO subjects (collection_pk, id, metadata) VALUES (1, 'ann', '{}')",
            (
                "INSERT INTO faces (id, collection_pk, subject_pk, embedding, face, warnings, image_sha256) "
                "VALUES (gen_random_uuid(), 1, 1, '[0.6,0.8,0]', '{}', '{}', '')"
            ),
            (
                "CREATE INDEX faces_hnsw_1 ON faces USING hnsw ((embedding::vector(3)) vector_cosine_ops) "
                "WHERE collection_pk = 1"
            ),
        ):
            await connection.execute(text(statement))
    await migrate(url)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT embedding::text FROM faces")) == "[0.6,0.8,0]"
        assert await connection.scalar(text("SELECT to_regclass('faces_hnsw_1')")) is None
    await engine.dispose()
