"""A collection moves to another embedder while it answers: nobody is lost, whatever happens on the way."""

import asyncio
import base64
import gc
import random
import zlib
from array import array
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from contracts.analysis import CHIP_BYTES, ChipsRequest, Embedding, EmbedReply
from contracts.message import MSGPACK
from contracts.models import ModelDescription, ModelRef, Readiness
from contracts.moves import NewMove
from gateway.identities.reembedding import Reembedding
from gateway.identities.vault import LockedError, Vault
from gateway.parts import Parts
from gateway.stores.database import single_connection_engine
from tests.gateway.conftest import CALIBRATION, FakeServices, settings_of

NEW = ModelRef(name="other", version="2.0.0", digest="a" * 64)
NEW_DIMENSIONS = 128
PEOPLE = [f"p{n}" for n in range(12)]
URLS = "http://embedder:8000,http://another:8000"


class TwoEmbedders(FakeServices):
    """A second embedder whose embeddings have another length and other numbers."""

    def __init__(self):
        super().__init__()
        self.failures = 0

    def transports(self):
        second = Starlette(
            routes=[
                Route("/v1/embed", self.embed_anew, methods=["POST"]),
                Route("/readyz", self.ready_anew),
            ]
        )
        return super().transports() | {"embedder-2": httpx.ASGITransport(second)}

    async def ready_anew(self, _):
        described = ModelDescription(
            **NEW.model_dump(),
            task="embedder",
            provider="CPUExecutionProvider",
            device="cpu",
            licence={},
            training_data="",
            metrics={},
            calibration=CALIBRATION,
            dimensions=NEW_DIMENSIONS,
        )
        return Response(Readiness(ready=True, models=[described]).to_json())

    async def embed_anew(self, request):
        chips = ChipsRequest.from_msgpack(await request.body()).chips
        marks = [chips[i : i + CHIP_BYTES].rstrip(b"\0").decode() for i in range(0, len(chips), CHIP_BYTES)]
        if self.failures:
            self.failures -= 1
            return Response(status_code=500)
        embeddings = [Embedding(values=_anew(*mark.rsplit("/", 1))) for mark in marks]
        reply = EmbedReply(embeddings=embeddings, dimensions=NEW_DIMENSIONS, model=NEW)
        return Response(reply.to_msgpack(), media_type=MSGPACK)


def _anew(person, shot):
    centre, wobble = random.Random(f"anew {person}"), random.Random(f"anew {person}/{shot}")
    values = [centre.gauss(0, 1) + wobble.gauss(0, 0.3) for _ in range(NEW_DIMENSIONS)]
    length = sum(v * v for v in values) ** 0.5
    return array("f", [v / length for v in values]).tobytes()


@pytest.fixture
def two(gateway_over, new_database):
    """A gateway with two embedders over a database of its own, with a collection in it."""

    @asynccontextmanager
    async def run(*, keep_chips, **settings):
        services, url = TwoEmbedders(), await new_database()
        async with gateway_over(services, database_url=url, embedder_url=URLS, **settings) as client:
            client.services, client.database = services, url
            made = await client.post("/v1/collections", json={"id": "staff", "keep_chips": keep_chips})
            assert (made.status_code, made.json()["keep_chips"]) == (201, keep_chips)
            yield client

    return run


async def enrol(client, who, picture):
    await client.post("/v1/collections/staff/subjects", json={"id": who})
    answer = await client.post(f"/v1/collections/staff/subjects/{who}/faces", files={"image": picture})
    assert answer.status_code == 201, answer.text


async def found(client, picture):
    """Who is on a picture, and by which model."""
    answer = await client.post("/v1/collections/staff/identify", files={"image": picture})
    assert answer.status_code == 200, answer.text
    face = answer.json()["faces"][0]
    return face["candidates"][0]["subject"] if face["decision"] == "match" else None, answer.json()["model"][
        "digest"
    ]


async def until(ask, expected):
    """Ask until the answer is what is expected."""
    for _ in range(600):
        if await ask() == expected:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"it never became {expected}")


async def moved(client):
    """Wait until a collection has moved."""

    async def state():
        return (await client.get("/v1/collections/staff/move")).json()["state"]

    await until(state, "moved")


async def ask_until(over, client, person, answers):
    """Identify one after the other; nobody is ever missed."""
    while not over.is_set():
        for name in PEOPLE:
            who, digest = await found(client, person(name, shot=9))
            assert who == name
            answers.append(digest)


async def asked(url, question):
    engine = single_connection_engine(url)
    async with engine.connect() as connection:
        answer = await connection.scalar(text(question))
    await engine.dispose()
    return answer


async def test_a_collection_moves_while_it_answers_and_enrols_and_back_and_stays(two, person):
    async with two(keep_chips=True) as client:
        for name in PEOPLE:
            await enrol(client, name, person(name))
        answers, over = [], asyncio.Event()

        asking = asyncio.create_task(ask_until(over, client, person, answers))
        begun = await client.post("/v1/collections/staff/move", json={"to": "a" * 12})
        assert (begun.status_code, begun.json()["state"]) == (202, "moving")
        late = [f"late{n}" for n in range(6)]
        for name in late:
            await enrol(client, name, person(name))
        await moved(client)
        await enrol(client, "last", person("last"))
        over.set()
        await asking
        assert (answers[0], answers[-1]) == ("e" * 64, NEW.digest)
        everybody = [*PEOPLE, *late, "last"]
        for name in everybody:
            assert await found(client, person(name, shot=9)) == (name, NEW.digest)

        async def back():
            return (await client.post("/v1/collections/staff/move/back")).status_code

        # At once, with those who were enrolled since; the newest may need a moment.
        await until(back, 200)
        assert (await client.get("/v1/collections/staff/move")).json()["state"] == "back"
        for name in everybody:
            assert await found(client, person(name, shot=9)) == (name, "e" * 64)
        assert (await client.post("/v1/collections/staff/move/back")).json()["state"] == "moved"
        assert (await client.delete("/v1/collections/staff/move")).status_code == 204
        await until(lambda: asked(client.database, "SELECT count(*) FROM moves"), 0)
        for name in everybody:
            assert await found(client, person(name, shot=9)) == (name, NEW.digest)
    assert await asked(client.database, "SELECT count(embedding) FROM faces") == 0
    assert await asked(client.database, "SELECT count(*) FROM chips") == len(everybody)


async def test_without_chips_each_subject_needs_a_new_picture_and_is_found_meanwhile(two, person):
    async with two(keep_chips=False) as client:
        for name in ("ann", "bob"):
            await enrol(client, name, person(name))
        assert await asked(client.database, "SELECT count(*) FROM chips") == 0
        begun = (await client.post("/v1/collections/staff/move", json={"to": NEW.digest})).json()
        assert (begun["waiting"], begun["subjects"]) == (2, ["ann", "bob"])
        await enrol(client, "ann", person("ann", shot=2))
        await until(lambda: asked(client.database, "SELECT count(embedding_b) FROM faces"), 1)
        move = (await client.get("/v1/collections/staff/move")).json()
        # Ann's first face stays behind: her new one is embedded, and nothing more is to come for bob.
        assert (move["state"], move["subjects"]) == ("moving", ["bob"])
        assert (move["faces"], move["done"], move["pending"]) == (3, 1, 0)
        assert await found(client, person("bob", shot=9)) == ("bob", "e" * 64)
        await enrol(client, "bob", person("bob", shot=2))
        await moved(client)
        for name in ("ann", "bob"):
            assert await found(client, person(name, shot=9)) == (name, NEW.digest)
        await client.delete("/v1/collections/staff/move")
        await until(lambda: asked(client.database, "SELECT count(*) FROM moves"), 0)
        assert await asked(client.database, "SELECT count(*) FROM chips") == 0


# The driver leaves a connection to the garbage collector when it is stopped in the middle of opening it.
@pytest.mark.filterwarnings("ignore:unclosed connection:ResourceWarning")
async def test_a_move_that_is_stopped_at_any_moment_loses_nobody(two, person):
    async with two(keep_chips=True) as client:
        for name in PEOPLE:
            await enrol(client, name, person(name))
    given = settings_of({"database_url": client.database, "embedder_url": URLS, "redis_url": None})
    client.services.failures = 2
    parts = Parts(given, client.services.transports())
    await parts.database.open()
    parts._reembedding = Reembedding(parts.database, parts.upstreams, parts.embedders, Vault(None))

    await parts.moves.begin("default", "staff", NewMove(to=NEW.digest))
    chance, stops = random.Random(7), 0
    async with asyncio.timeout(90):
        while (await parts.moves.read("default", "staff")).state != "moved":
            work = asyncio.create_task(parts._reembedding.carry_out())
            # Six stops, each sooner than a round of work can end, and then the rest in peace.
            await asyncio.wait({work}, timeout=chance.uniform(0.0005, 0.004) if stops < 6 else 30)
            stops += work.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await work
    assert stops > 2
    move = await parts.moves.read("default", "staff")
    assert (move.done, move.waiting) == (len(PEOPLE), 0)
    await parts.database.aclose()
    gc.collect()


async def test_chips_go_with_their_faces(two, person):
    async with two(keep_chips=True) as client:
        await enrol(client, "ann", person("ann"))
        assert await asked(client.database, "SELECT count(*) FROM chips") == 1
        exported = (await client.get("/v1/collections/staff/subjects/ann/export")).json()["faces"][0]
        assert zlib.decompress(base64.b64decode(exported["chip"])).startswith(b"ann/0")
        await client.delete("/v1/collections/staff/subjects/ann")
        assert await asked(client.database, "SELECT count(*) FROM chips") == 0


async def test_what_cannot_be_moved_is_refused(two):
    async with two(keep_chips=True) as client:
        address = "/v1/collections/staff/move"
        assert (await client.get(address)).status_code == 404
        assert (await client.post(address, json={})).status_code == 409
        assert (await client.post(address, json={"to": "f" * 12})).status_code == 409
        assert (await client.post(address, json={"to": NEW.digest})).status_code == 202
        assert (await client.post(address, json={"to": NEW.digest})).status_code == 202
        assert (await client.post("/v1/collections/nobody/move", json={})).status_code == 404


async def test_kept_chips_are_sealed_with_the_operators_key(two, person, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=\n")
    async with two(keep_chips=True, chip_key_file=keys) as client:
        await enrol(client, "ann", person("ann"))
        stored = await asked(client.database, "SELECT content FROM chips")
    assert Vault(keys).unpack(stored).startswith(b"ann/0")
    with pytest.raises(LockedError):
        Vault(None).unpack(stored)
    # A new key in front seals from now on; the old one still opens.
    keys.write_text("QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=\n" + keys.read_text())
    assert Vault(keys).unpack(stored).startswith(b"ann/0")
