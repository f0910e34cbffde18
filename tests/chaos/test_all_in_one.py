"""The all-in-one server under mixed load while everything below it is hurt: nothing acknowledged is lost or comes back.

HEXAFACE_CHAOS_SEED gives the order of an earlier run again, HEXAFACE_CHAOS_ROUNDS how often every disturbance comes.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.chaos.disturbances import Disturbances
from tests.chaos.load import COLLECTION, PICTURES, Load, Record, gist, picture
from tests.paths import ROOT

ROUNDS = int(os.environ.get("HEXAFACE_CHAOS_ROUNDS", "1"))
_READY_SECONDS = 120
# On a quiet machine a killed store answers again within 3 s; the rest is room for a loaded one.
_RECOVERY_SECONDS = 45
_BETWEEN_SECONDS = 4.0
_DISK = "size=600m"
pytestmark = pytest.mark.timeout(600 + 240 * ROUNDS)


class Server:
    """`hexaface serve` on one port and one home, killed and started again."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {**os.environ, "HEXAFACE_HOME": str(home), "HEXAFACE_RATE_LIMIT": "100000/minute"}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "hexaface.commands.app", "serve", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*command, "--log-level", "WARNING"], cwd=ROOT, env=self._environment
        )

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()

    def restart(self) -> None:
        self.kill()
        self.start()

    def await_ready(self, seconds: float) -> float:
        """Wait until it and its stores are ready; how long that took."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            try:
                answer = httpx.get(f"{self.url}/readyz", timeout=5)
                if answer.status_code == 200 and not answer.json()["degraded"]:
                    return time.monotonic() - began
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"not ready within {seconds} s")


@pytest.fixture
def disk(home_factory):
    """A home on a small disk of its own where one can be mounted; else an ordinary folder."""
    home = home_factory()
    mounted = os.geteuid() == 0 and shutil.which("mount") is not None
    if mounted:
        command = ["mount", "-t", "tmpfs", "-o", _DISK, "tmpfs", str(home)]
        mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    yield home, mounted
    if mounted:
        subprocess.run(["umount", "-l", str(home)], check=True)


def test_nothing_acknowledged_is_lost_or_comes_back_whatever_is_hurt(disk, capsys):
    home, small_disk = disk
    seed = int(os.environ.get("HEXAFACE_CHAOS_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    chance, record, server = random.Random(seed), Record(), Server(home)
    server.start()
    try:
        server.await_ready(_READY_SECONDS)
        with httpx.Client(base_url=server.url, timeout=60) as client:
            client.post("/v1/collections", json={"id": COLLECTION}).raise_for_status()
            known = {name: gist(client.post("/v1/analyze", **picture(name)).json()) for name in PICTURES}
        load = Load(server.url, record, known)
        disturbances = Disturbances(home, server.url, server.restart, small_disk=small_disk)
        recoveries = _hurt(load, server, disturbances, chance)
        with capsys.disabled():
            _tell(seed, recoveries, record)
        _check(server, record)
    finally:
        server.stop()


def _hurt(load, server, disturbances, chance) -> list[tuple[str, float]]:
    """Every disturbance, under load; how long each took to be over."""
    recoveries = []
    load.start()
    try:
        time.sleep(_BETWEEN_SECONDS)
        for _ in range(ROUNDS):
            for name in disturbances.shuffled(chance):
                disturbances.all[name]()
                recoveries.append((name, server.await_ready(_RECOVERY_SECONDS)))
                time.sleep(_BETWEEN_SECONDS * chance.random())
    finally:
        load.stop()
    server.await_ready(_RECOVERY_SECONDS)
    return recoveries


def _check(server, record) -> None:
    assert record.faults == []
    assert len(record.enrolled) > 0
    assert len(record.erased) > 0
    with httpx.Client(base_url=server.url, timeout=60) as client:
        subjects = f"/v1/collections/{COLLECTION}/subjects"
        stored: dict[str, int] = {}
        after = ""
        while True:
            page = client.get(subjects, params={"after": after, "limit": 200}).raise_for_status().json()
            stored |= {entry["id"]: entry["faces"] for entry in page["subjects"]}
            if not page.get("next"):
                break
            after = page["next"]
        assert {name for name in record.enrolled if stored.get(name) != 1} == set()
        assert record.erased & set(stored) == set()
        assert set(stored) <= set(record.enrolled) | record.unclear
        for name in PICTURES:
            ours = {subject for subject, enrolled in record.enrolled.items() if enrolled == name}
            form = {**picture(name), "data": {"top_k": 100}}
            answer = client.post(f"/v1/collections/{COLLECTION}/identify", **form).raise_for_status().json()
            found = {c["subject"] for c in answer["faces"][0]["candidates"] if c["similarity"] > 0.99}
            assert len(ours) > 90 or ours <= found
            assert found & record.erased == set()


def _tell(seed, recoveries, record) -> None:
    sys.stdout.write(f"\nseed {seed}: {sum(record.statuses.values())} answers {dict(record.statuses)}, ")
    sys.stdout.write(
        f"{len(record.enrolled)} enrolled, {len(record.erased)} erased, {len(record.unclear)} unclear\n"
    )
    for name, seconds in recoveries:
        sys.stdout.write(f"  {name}: ready after {seconds:.1f} s\n")
