"""Real PostgreSQL and Valkey once per session; a detector and an embedder that read names instead of pixels."""

import json
import math
import random
import uuid
from array import array
from contextlib import asynccontextmanager

import httpx
import pytest
import redis.asyncio as redis
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.analysis import CHIP_BYTES, ChipsRequest, Embedding, EmbedReply
from contracts.detection import DetectReply, DetectRequest
from contracts.faces import Box, ImageSize, Landmarks, LocatedFace, Point, Quality
from contracts.message import MSGPACK
from contracts.models import ModelDescription, ModelRef, Readiness
from contracts.problems import PROBLEM_JSON, Problem
from contracts.redaction import RedactReply, RedactRequest
from gateway.app import create_app
from gateway.settings.fetching import FetchingSettings
from gateway.settings.gateway import GatewaySettings
from gateway.settings.identities import IdentitySettings
from gateway.settings.keys import KeySettings
from gateway.settings.stores import StoreSettings
from gateway.settings.upstreams import UpstreamSettings
from gateway.stores.database import database_url, single_connection_engine
from hexaface.embedded.stores import running_stores

DIMENSIONS = 192
CALIBRATION = {
    "thresholds": [
        {"false_match_rate": 0.01, "cosine": 0.30},
        {"false_match_rate": 0.001, "cosine": 0.40},
        {"false_match_rate": 0.0001, "cosine": 0.50},
    ],
    "probability": {"slope": 20.0, "intercept": -8.0},
}


def picture_of(*people, shot=0, size=120.0, sharpness=200.0, yaw=0.0, roll=0.0, score=0.99):
    """A picture of people by name; another shot is another picture of the same people."""
    quality = {"face_size": size, "sharpness": sharpness, "yaw": yaw, "pitch": 0.0, "roll": roll}
    return json.dumps({"people": people, "shot": shot, "quality": quality, "score": score}).encode()


def embedding_of(person, shot, noise=0.04):
    """A unit vector per person, with a little noise per shot: cosines of about 0.8 between shots, 0 between people."""
    centre, wobble = random.Random(person), random.Random(f"{person}/{shot}")
    values = [centre.gauss(0, 1 / math.sqrt(DIMENSIONS)) + wobble.gauss(0, noise) for _ in range(DIMENSIONS)]
    length = math.sqrt(sum(v * v for v in values))
    return array("f", [v / length for v in values]).tobytes()


class FakeServices:
    """Detector and embedder at the process edge, speaking the real messages over HTTP."""

    def __init__(self):
        self.embedder = ModelRef(name="mobilefacenet", version="1.0.0", digest="e" * 64)
        self.detector = ModelRef(name="yunet", version="1.0.0", digest="d" * 64)
        self.calibration = CALIBRATION
        self.calls = 0

    def transports(self):
        detector = Starlette(
            routes=[
                Route("/v1/detect", self.detect, methods=["POST"]),
                Route("/v1/redact", self.redact, methods=["POST"]),
                Route("/readyz", self.ready_of("detector")),
            ]
        )
        embedder = Starlette(
            routes=[
                Route("/v1/embed", self.embed, methods=["POST"]),
                Route("/readyz", self.ready_of("embedder")),
            ]
        )
        return {"detector": httpx.ASGITransport(detector), "embedder": httpx.ASGITransport(embedder)}

    def ready_of(self, task):
        async def ready(_: Request) -> Response:
            model = getattr(self, task)
            described = ModelDescription(
                **model.model_dump(),
                task=task,
                provider="CPUExecutionProvider",
                device="cpu",
                licence={},
                training_data="",
                metrics={},
                calibration=self.calibration if task == "embedder" else None,
                dimensions=DIMENSIONS if task == "embedder" else None,
            )
            return Response(Readiness(ready=True, models=[described]).to_json())

        return ready

    async def detect(self, request: Request) -> Response:
        self.calls += 1
        try:
            picture = json.loads(DetectRequest.from_msgpack(await request.body()).image)
        except ValueError:
            problem = Problem(type="undecodable-image", title="", status=422, detail="no names are in it")
            return Response(problem.to_json(), 422, media_type=PROBLEM_JSON)
        faces = [self.face(i, picture) for i in range(len(picture["people"]))]
        chips = b"".join(
            f"{person}/{picture['shot']}".encode().ljust(CHIP_BYTES, b"\0") for person in picture["people"]
        )
        reply = DetectReply(
            image=ImageSize(width=640, height=480), faces=faces, chips=chips or None, model=self.detector
        )
        return Response(reply.to_msgpack(), media_type=MSGPACK)

    async def redact(self, request: Request) -> Response:
        wanted = RedactRequest.from_msgpack(await request.body())
        said = wanted.model_dump_json(exclude={"image"}).encode()
        return Response(RedactReply(image=said).to_msgpack(), media_type=MSGPACK)

    def face(self, i, picture):
        spot = Point(x=100.0 * i + 50, y=80)
        return LocatedFace(
            box=Box(x=100.0 * i, y=20, width=90 + i, height=120),
            score=picture["score"],
            landmarks=Landmarks(left_eye=spot, right_eye=spot, nose=spot, mouth_left=spot, mouth_right=spot),
            quality=Quality(**picture["quality"]),
            transform=(1, 0, 0, 0, 1, 0),
        )

    async def embed(self, request: Request) -> Response:
        self.calls += 1
        chips = ChipsRequest.from_msgpack(await request.body()).chips
        marks = [chips[i : i + CHIP_BYTES].rstrip(b"\0").decode() for i in range(0, len(chips), CHIP_BYTES)]
        embeddings = [
            Embedding(values=embedding_of(*mark.rsplit("/", 1)), mask=0.9 if "masked" in mark else None)
            for mark in marks
        ]
        reply = EmbedReply(embeddings=embeddings, dimensions=DIMENSIONS, model=self.embedder)
        return Response(reply.to_msgpack(), media_type=MSGPACK)


@pytest.fixture(scope="session")
def stores(home_factory):
    """The embedded servers, started once."""
    with running_stores(home_factory()) as urls:
        yield urls


@pytest.fixture(scope="session")
def new_database(stores):
    """Make an empty database on the embedded server; its URL."""

    async def make():
        name = f"t{uuid.uuid4().hex[:12]}"
        engine = single_connection_engine(stores.database).execution_options(isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(f"CREATE DATABASE {name}"))
        await engine.dispose()
        return database_url(stores.database).set(database=name).render_as_string()

    return make


def settings_of(given):
    """The gateway's settings, each value in the part that has it."""

    def part(kind):
        return kind(**{name: given[name] for name in kind.model_fields if name in given})

    return GatewaySettings(
        fetching=part(FetchingSettings),
        identities=part(IdentitySettings),
        keys=part(KeySettings),
        stores=part(StoreSettings),
        upstreams=part(UpstreamSettings),
    )


@pytest.fixture(scope="session")
def gateway_over(stores):
    """A running gateway over the given services and settings, as an HTTP client."""

    @asynccontextmanager
    async def gateway(services=None, *, exposed=False, address="127.0.0.1", **settings):
        given = {"database_url": stores.database, "redis_url": stores.redis, **settings}
        transports = (services or FakeServices()).transports()
        app = create_app(settings_of(given), transports, exposed=exposed)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://test") as client,
        ):
            yield client

    return gateway


@pytest.fixture(scope="module")
def services():
    """The fake services behind `api`; a test that changes them uses `replaceable` instead."""
    return FakeServices()


@pytest.fixture(scope="session")
def embedding():
    """The embedding of a person's shot."""
    return embedding_of


@pytest.fixture(scope="session")
def person():
    """A picture of people by name."""
    return picture_of


@pytest.fixture(scope="module")
async def api(gateway_over, services):
    """A gateway without keys."""
    async with gateway_over(services) as client:
        yield client


@pytest.fixture
async def replaceable(gateway_over):
    """A gateway of its own and its services, whose models the test may replace."""
    services = FakeServices()
    async with gateway_over(services) as client:
        yield client, services


@pytest.fixture
async def collection(api):
    """A new collection's address; deleted at the end."""
    name = f"c{uuid.uuid4().hex[:12]}"
    made = await api.post("/v1/collections", json={"id": name})
    assert made.status_code == 201, made.text
    yield f"/v1/collections/{name}"
    await api.delete(f"/v1/collections/{name}")


@pytest.fixture
def enrol(api, collection):
    """Create a subject if need be and enrol a picture; the answer."""

    async def run(subject, picture, *, headers=None, **options):
        await api.post(f"{collection}/subjects", json={"id": subject})
        return await api.post(
            f"{collection}/subjects/{subject}/faces", files={"image": picture}, data=options, headers=headers
        )

    return run


@pytest.fixture
async def valkey(stores):
    """A client of the session's Valkey."""
    async with redis.Redis.from_url(stores.redis) as client:
        yield client


@pytest.fixture
def cached(valkey):
    """Asks for the keys of all pictures in the cache."""

    async def keys():
        return {key async for key in valkey.scan_iter("hexaface:faces:*")}

    return keys
