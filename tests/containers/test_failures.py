"""What happens when containers are scaled, killed, paused, cut off, starved and stopped while people use the product."""

import io
import time
import uuid

import pytest
from PIL import Image

from tests.containers.load import load
from tests.containers.stack import PROJECT, SERVICES, docker

# The gateway's deadline is 25 s; the rest is a busy test machine.
DEADLINE = 30
# The part of an analysis that a service gives, and the network that a store is on.
FEATURES = {
    "attributes": "attributes",
    "emotion": "emotion",
    "keypoints": "keypoints",
    "embedder": "embedding",
}
STORES = {"redis": "stores", "postgres": "stores"}
EXPECTED = {200, 429, 503, 504}


def _analyses(container):
    """Batches that one replica of a service has run."""
    script = (
        "import urllib.request as r; t=r.urlopen('http://127.0.0.1:8000/metrics').read().decode();"
        "print(sum(float(l.split()[-1]) for l in t.splitlines() if l.startswith('hexaface_batch_items_count')))"
    )
    return float(docker("exec", container, "python3", "-c", script))


def _healed(stack, photo):
    stack.await_ready()
    with stack.client() as client:
        for _ in range(40):
            answer = client.post(
                "/v1/analyze", files={"image": photo("astronaut")}, headers={"Cache-Control": "no-store"}
            )
            if answer.status_code == 200 and not answer.json().get("problems"):
                return True
            time.sleep(0.5)
    return False


def _enrolled(stack, collection):
    """The subjects that have a face, by way of the pages of the collection."""
    found, after = set(), ""
    with stack.client() as client:
        while after is not None:
            answer = client.get(
                f"/v1/collections/{collection}/subjects", params={"limit": 100, "after": after}
            )
            page = answer.json()
            found |= {subject["id"] for subject in page["subjects"] if subject["faces"]}
            after = page.get("next")
    return found


@pytest.fixture
def collection(healthy):
    """A new collection; deleted at the end."""
    name = f"c{uuid.uuid4().hex[:12]}"
    with healthy.client() as client:
        assert client.post("/v1/collections", json={"id": name}).status_code == 201
        yield name
        client.delete(f"/v1/collections/{name}")


def _answered_clearly(seen):
    assert seen.broken == []
    assert seen.statuses() <= EXPECTED
    assert seen.slowest() < DEADLINE
    assert seen.answers


def test_a_scaled_service_shares_the_work_and_a_stopped_replica_loses_nothing(healthy, photo):
    healthy.compose(
        "up", "--detach", "--no-recreate", "--no-build", "--wait", "--scale", "embedder=2", "embedder"
    )
    replicas = healthy.containers("embedder")
    assert len(replicas) == 2
    time.sleep(4)  # the gateway looks names up again every 3 s
    before = [_analyses(r) for r in replicas]
    with load(healthy, photo("astronaut")) as seen:
        seen.await_answers(12, at_least=5, at_most=60)
        after = [_analyses(r) for r in replicas]
        docker("stop", "--time", "30", replicas[0])
        seen.await_answers(3, at_least=4, at_most=60)
    assert all(b - a >= 3 for a, b in zip(before, after, strict=True)), (before, after)
    assert {200} == seen.statuses()
    assert seen.partial() == []
    assert seen.broken == []
    docker("start", replicas[0])
    healthy.compose(
        "up", "--detach", "--no-recreate", "--no-build", "--wait", "--scale", "embedder=1", "embedder"
    )


def _killed(stack, name, seen):
    stack.kill(name)
    seen.await_answers(3, at_least=3, at_most=DEADLINE)


def _paused(stack, name, seen):
    container = stack.containers(name)[0]
    docker("pause", container)
    try:
        # Longer than the 10 s that the gateway waits for one service.
        seen.await_answers(3, at_least=11, at_most=2 * DEADLINE)
        _assert_a_missing_store_is_named(stack, name)
        _assert_no_generation(stack, name)
    finally:
        docker("unpause", container)


def _cut_off(stack, name, seen):
    container, network = stack.containers(name)[0], stack.network(STORES.get(name, "services"))
    docker("network", "disconnect", "--force", network, container)
    try:
        seen.await_answers(3, at_least=5, at_most=2 * DEADLINE)
        _assert_a_missing_store_is_named(stack, name)
        _assert_no_generation(stack, name)
    finally:
        docker("network", "connect", "--alias", name, network, container)


def _assert_a_missing_store_is_named(stack, name):
    if name in STORES:
        with stack.client() as client:
            answer = client.get("/readyz")
        assert answer.status_code == 200, answer.text
        assert answer.json()["degraded"] is True
        missing = {store for store, state in answer.json()["stores"].items() if state != "ready"}
        assert {"postgres": {"postgresql"}}.get(name, {name}) == missing


def _assert_no_generation(stack, name):
    if name == "generator":
        with stack.client() as client:
            answer = client.post("/v1/generate", json={"count": 1})
        assert answer.status_code in (503, 504)
        assert "generator" in answer.json()["detail"]


@pytest.mark.parametrize("fault", [_killed, _paused, _cut_off], ids=lambda fault: fault.__name__.strip("_"))
@pytest.mark.parametrize("name", [*SERVICES, *STORES])
def test_a_container_that_fails_costs_at_most_its_part_and_comes_back(
    healthy, photo, collection, name, fault
):
    with load(healthy, photo("astronaut"), collection=collection) as seen:
        seen.await_answers(1, at_least=1, at_most=DEADLINE)
        fault(healthy, name, seen)
    _answered_clearly(seen)
    if name != "detector":
        assert seen.statuses() == {200}
    if name in FEATURES:
        assert {FEATURES[name]} >= {
            problem["feature"] for body in seen.partial() for problem in body["problems"]
        }
        # A killed one may be back before anybody misses it.
        assert seen.partial() or fault is _killed
    elif name != "detector":
        assert seen.partial() == []
    assert {status for status, _ in seen.enrolments} <= {201, 404, 429, 503, 504}
    assert max(seconds for _, seconds in seen.enrolments) < 2 * DEADLINE
    assert _healed(healthy, photo)
    assert set(seen.acknowledged) <= _enrolled(healthy, collection)


def test_a_service_out_of_memory_is_started_again(healthy, photo):
    container = healthy.containers("detector")[0]
    used = healthy.run_in(
        container,
        "sh",
        "-c",
        "cat /sys/fs/cgroup/memory.current /sys/fs/cgroup/memory/memory.usage_in_bytes 2>/dev/null | head -1",
    )
    limit = str(int(used) + 24 * 2**20)
    before = healthy.inspect("detector")["RestartCount"]
    docker("update", "--memory", limit, "--memory-swap", limit, container)
    huge = io.BytesIO()
    # A JPEG would be decoded at a fraction of its size; a PNG cannot be.
    Image.new("RGB", (7000, 5500), (90, 120, 150)).save(huge, "PNG")
    with healthy.client() as client:
        answer = client.post("/v1/detect", files={"image": huge.getvalue()})
    docker("update", "--memory", "1g", "--memory-swap", "1g", container)
    assert answer.status_code in (502, 503, 504)
    assert _healed(healthy, photo)
    assert healthy.inspect("detector")["RestartCount"] > before


def test_what_was_acknowledged_survives_a_crash_of_the_database(healthy, photo):
    with healthy.client() as client:
        assert client.post("/v1/collections", json={"id": "crash"}).status_code == 201
        assert client.post("/v1/collections/crash/subjects", json={"id": "s1"}).status_code == 201
        enrolled = client.post("/v1/collections/crash/subjects/s1/faces", files={"image": photo("astronaut")})
        assert enrolled.status_code == 201
        healthy.kill("postgres")
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            answer = client.post("/v1/collections/crash/identify", files={"image": photo("astronaut")})
            if answer.status_code == 200:
                break
            assert answer.status_code == 503
            time.sleep(1)
        assert answer.json()["faces"][0]["candidates"][0]["subject"] == "s1"
        assert client.delete("/v1/collections/crash").status_code == 204


def test_a_stop_of_the_gateway_under_load_loses_no_accepted_request(healthy, photo):
    with load(healthy, photo("astronaut"), workers=4) as seen:
        time.sleep(4)
        stopped = time.monotonic()
        docker("stop", "--time", "30", healthy.containers("gateway")[0])
    docker(
        "start",
        docker(
            "ps",
            "-aq",
            "--filter",
            f"label=com.docker.compose.project={PROJECT}",
            "--filter",
            "label=com.docker.compose.service=gateway",
        ),
    )
    assert 200 in seen.statuses()
    assert seen.statuses() <= {0, 200}
    # Docker's proxy takes connections for a moment when nobody is behind it any more: those were not accepted by us.
    assert [how for sent, how in seen.broken if sent < stopped] == []
    assert seen.partial() == []
