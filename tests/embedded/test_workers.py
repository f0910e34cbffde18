"""`hexaface serve --workers 2`: the same product, its models in two processes."""

import os
import re
import signal
import time

import httpx
import psutil
import pytest

from hexaface.commands.own_server import OwnServer

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def client(home_factory):
    environment = {"HEXAFACE_HOME": str(home_factory()), "HEXAFACE_WORKERS": "2"}
    with OwnServer(**environment) as own, httpx.Client(base_url=own.url, timeout=30) as client:
        yield client


def workers():
    here = psutil.Process().children(recursive=True)
    return [process.pid for process in here if "hexaface.embedded.worker" in process.cmdline()]


def test_answers_and_metrics_are_those_of_one_process(client, photo):
    for _ in range(4):
        answer = client.post("/v1/analyze", files={"image": photo("astronaut")})
        assert (answer.status_code, len(answer.json()["faces"])) == (200, 1)
        assert not answer.json()["problems"]
    metrics = client.get("/metrics").text
    assert 'hexaface_ready{task="detector"} 1.0' in metrics
    assert 'hexaface_upstream_replicas{upstream="detector"} 2.0' in metrics
    batches = re.search(r'hexaface_batch_items_count\{task="emotion"\} ([\d.]+)', metrics)
    assert float(batches[1]) >= 4  # of both workers
    assert (
        'hexaface_requests_total{app="gateway",method="POST",route="/v1/analyze",status="200"} 4.0' in metrics
    )


def test_a_worker_that_dies_costs_no_request_and_is_started_again(client, photo):
    before = workers()
    assert len(before) == 2
    os.kill(before[0], signal.SIGKILL)
    statuses = {
        client.post("/v1/analyze", files={"image": photo("astronaut")}).status_code for _ in range(10)
    }
    assert statuses == {200}
    deadline = time.monotonic() + 60
    while len(set(workers()) - set(before[:1])) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert "hexaface_worker_restarts_total 1.0" in client.get("/metrics").text


def test_when_the_server_is_killed_its_workers_end(home_factory):
    with OwnServer(HEXAFACE_HOME=str(home_factory()), HEXAFACE_WORKERS="2") as own:
        mine = [
            c.pid
            for c in psutil.Process(own.process.pid).children(recursive=True)
            if "hexaface.embedded.worker" in c.cmdline()
        ]
        assert len(mine) == 2
        own.kill()
        deadline = time.monotonic() + 60
        while any(
            psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in mine
        ):
            assert time.monotonic() < deadline
            time.sleep(0.2)
