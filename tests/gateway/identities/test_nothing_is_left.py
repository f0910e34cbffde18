"""After an erasure no file of the stores holds a trace: neither embedding nor id, name, metadata or picture's digest."""

import asyncio
import hashlib
import struct
from array import array

import pytest
from sqlalchemy import text

from gateway.identities.indexing import build_index
from gateway.stores.database import single_connection_engine
from hexaface.embedded.stores import running_stores

PEOPLE, SHOTS = 30, 2
FACES = "/v1/collections/staff/subjects/{}/faces"
# What free space may still hold of a row: less than the smallest row that can be written over it, see docs/privacy.md.
LEFT_OVER = 160
SECONDS = 60


@pytest.fixture(scope="module")
def home(home_factory):
    return home_factory()


@pytest.fixture(scope="module")
async def client(home, gateway_over):
    """A gateway over stores of their own, whose files nobody else writes to."""
    with running_stores(home) as urls:
        async with gateway_over(database_url=urls.database, redis_url=urls.redis) as client:
            client.database = urls.database
            yield client


def traces_of(person, pictures, embedding_of):
    """What would show that somebody was here: texts, digests, pieces of each embedding in single and half precision."""
    found = {"id": f"id-of-{person}", "name": f"name-of-{person}", "metadata": f"badge-of-{person}"}
    traces = {what: value.encode() for what, value in found.items()}
    for shot, picture in enumerate(pictures):
        traces[f"picture {shot}"] = hashlib.sha256(picture).digest()
        values = array("f", embedding_of(person, shot))
        for start in range(0, len(values) - LEFT_OVER // 4, LEFT_OVER // 4):
            piece = values[start : start + LEFT_OVER // 4]
            traces[f"embedding {shot} from {start}"] = piece.tobytes()
            traces[f"half {shot} from {start}"] = struct.pack(f"<{len(piece)}e", *piece)
    return traces


def found_in(home, traces):
    """Which traces which files hold."""
    found = []
    for path in sorted(home.rglob("*")):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            found += [
                (path.relative_to(home).as_posix(), what)
                for what, trace in traces.items()
                if trace in content
            ]
    return found


async def enrol(client, name, pictures):
    new = {"id": f"id-of-{name}", "name": f"name-of-{name}", "metadata": {"badge": f"badge-of-{name}"}}
    assert (await client.post("/v1/collections/staff/subjects", json=new)).status_code == 201
    # A refused statement would leave the id in the server's log.
    assert (await client.post("/v1/collections/staff/subjects", json=new)).status_code == 409
    for shot, picture in enumerate(pictures):
        answer = await client.post(
            FACES.format(f"id-of-{name}"),
            files={"image": picture},
            headers={"Idempotency-Key": f"id-of-{name}-{shot}"},
        )
        assert answer.status_code == 201, answer.text


async def scrubbed(client):
    """Wait until the gateway's upkeep has nothing left to scrub."""
    engine = single_connection_engine(client.database)
    try:
        async with asyncio.timeout(SECONDS), engine.connect() as connection:
            while await connection.scalar(text("SELECT count(*) FROM scrubs_due")):
                await connection.rollback()
                await asyncio.sleep(0.5)
    finally:
        await engine.dispose()


@pytest.mark.timeout(240)
async def test_no_file_holds_a_trace_of_an_erased_person(client, home, person, embedding):
    await client.post("/v1/collections", json={"id": "staff"})
    pictures = {f"p{n}": [person(f"p{n}", shot=shot) for shot in range(SHOTS)] for n in range(PEOPLE)}
    for name, shots in pictures.items():
        await enrol(client, name, shots)
    assert await build_index(client.database, 1, 192)
    engine = single_connection_engine(client.database)
    async with engine.connect() as connection:
        # Statistics would hold a sample of the columns; and everything is on disk for once.
        await connection.execute(text("ANALYZE"))
        await connection.commit()
        await connection.execute(text("CHECKPOINT"))
    await engine.dispose()
    # The first, one in the middle, and the last, whose rows lie lowest on their page.
    erased = ["p0", f"p{PEOPLE // 2}", f"p{PEOPLE - 1}"]
    for name in erased:
        assert found_in(home, traces_of(name, pictures[name], embedding))
        assert (await client.delete(f"/v1/collections/staff/subjects/id-of-{name}")).status_code == 204
    await scrubbed(client)
    for name in erased:
        assert found_in(home, traces_of(name, pictures[name], embedding)) == []
    kept = traces_of("p1", pictures["p1"], embedding)
    assert {what for _, what in found_in(home, kept)} >= {
        "id",
        "name",
        "metadata",
        "embedding 0 from 0",
        "half 0 from 0",
    }
