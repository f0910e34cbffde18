"""Skipped with a line where Ray is not installed; `make test-ray` installs it."""

import os
import socket
import time

import pytest

from contracts.detection import DetectOptions
from hexaface.bulk.job import Job, JobError
from hexaface.bulk.table import FaceTable

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # read when Ray is imported
ray = pytest.importorskip("ray", reason="Ray is not installed: make test-ray")

# Ray's own processes leave sockets and files open.
pytestmark = [pytest.mark.timeout(600), pytest.mark.filterwarnings("ignore")]
_MEMORY = 100_000_000


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def cluster():
    """Three nodes of one core each, on this machine."""
    from ray.cluster_utils import Cluster  # noqa: PLC0415  # only where Ray is installed

    # A slow machine takes longer to start its agents than a raylet waits for ports that it was not told.
    agents = (
        "metrics_agent_port",
        "metrics_export_port",
        "dashboard_agent_listen_port",
        "runtime_env_agent_port",
    )

    def node():
        return {"num_cpus": 1, "object_store_memory": _MEMORY, **{name: free_port() for name in agents}}

    made = Cluster(initialize_head=True, head_node_args=node() | {"include_dashboard": False})
    for _ in range(2):
        made.add_node(**node())
    yield made
    ray.shutdown()
    made.shutdown()


def job_for(photos, out):
    return Job([str(photos)], out, features=["emotion", "embedding"], detect=DetectOptions())


def run(job, engine, tick=lambda _: None):
    with job.writing(retry=False) as todo:
        return job.run(todo, engine, tick)


def node_at_work(cluster):
    """A node other than the head where an actor has its models."""
    at_work = {
        actor["Address"]["NodeID"]
        for actor in ray._private.state.actors().values()
        if actor["State"] == "ALIVE"
    }
    return next((node for node in cluster.worker_nodes if node.node_id in at_work), None)


def test_a_node_lost_in_the_middle_changes_no_row(cluster, folder, tmp_path):
    photos = folder(200)
    (photos / "damaged.jpg").write_bytes((photos / "000.jpg").read_bytes()[:1000])
    here, there = job_for(photos, tmp_path / "here"), job_for(photos, tmp_path / "there")
    lost = []

    def lose_one(_):
        deadline = time.monotonic() + 60
        while not lost and time.monotonic() < deadline:
            if node := node_at_work(cluster):
                lost.append(node)
                cluster.remove_node(node, allow_graceful=False)

    outcome = run(there, there.cluster(cluster.address), lose_one)
    expected = run(here, here.workers(1))

    assert lost, "no node was at work"
    assert outcome == expected
    assert outcome.pictures == 201
    assert same(FaceTable.open(there.out), FaceTable.open(here.out))


def same(one, other):
    """Row for row, failed pictures and all; numbers as far as a batch's company may move them."""
    assert sorted(one.pictures()) == sorted(other.pictures())
    rows, others = one.faces().to_pylist(), other.faces().to_pylist()
    assert len(rows) == len(others)
    for row, twin in zip(rows, others, strict=True):
        assert row.pop("embedding") == pytest.approx(twin.pop("embedding"), abs=1e-3)
        assert row.pop("emotion")["scores"] == pytest.approx(twin.pop("emotion")["scores"], abs=1e-3)
        assert row == twin
    return True


def test_a_cluster_that_is_not_there_is_said(folder, tmp_path):
    with pytest.raises(JobError, match="no Ray cluster at"):
        job_for(folder(1), tmp_path / "out").cluster(f"127.0.0.1:{free_port()}")
