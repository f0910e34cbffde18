"""The embedded stores of a running server die, and the server tells the truth until they are back."""

import os
import signal
import time

import httpx
import pytest
import redis

from hexaface.commands.own_server import OwnServer
from hexaface.embedded.stores import embedded_urls
from hexaface.embedded.stores.postgresql import Cluster

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def home(home_factory):
    return home_factory()


@pytest.fixture(scope="module")
def client(home):
    with OwnServer(HEXAFACE_HOME=str(home)) as own, httpx.Client(base_url=own.url, timeout=30) as client:
        yield client


def valkey_of(home):
    with redis.Redis.from_url(embedded_urls(home).redis) as connection:
        return connection.info("server")["process_id"]


def test_killed_stores_cost_503s_for_seconds_and_nothing_that_was_acknowledged(client, home):
    assert client.post("/v1/collections", json={"id": "kept"}).status_code == 201
    for pid in (Cluster(home).pid(), valkey_of(home)):
        os.kill(pid, signal.SIGKILL)
    killed_at, answers = time.monotonic(), []
    while not answers or answers[-1].status_code != 200:
        assert time.monotonic() - killed_at < 30, "PostgreSQL is not back"
        answers.append(client.get("/v1/collections/kept"))
        state = client.get("/readyz").json()
        assert state["ready"] is True  # analyses need no store
        assert state["degraded"] == any(said != "ready" for said in state["stores"].values())
        time.sleep(0.05)
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 503)
    while client.get("/readyz").json()["degraded"]:
        assert time.monotonic() - killed_at < 30, "Valkey is not back"
        time.sleep(0.1)
    metrics = client.get("/metrics").text
    assert 'hexaface_store_restarts_total{store="postgresql"} 1.0' in metrics
    assert 'hexaface_store_restarts_total{store="valkey"} 1.0' in metrics
