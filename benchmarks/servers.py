"""The product as it is started for real: all in one process, or each service in its own."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.checkout import ROOT

TASKS = ("detector", "embedder", "attributes", "emotion", "keypoints", "generator", "liveness")
_READY_SECONDS = 120


class StartError(Exception):
    """A server did not come up; the text says why."""


@dataclass(frozen=True)
class Running:
    """A server under measurement: its address, its processes and how long it took to be ready."""

    url: str
    pids: list[int]
    ready_seconds: float

    def resident_mib(self) -> float:
        """Resident memory of all processes together, children included."""
        return sum(self.resident_mib_of(pid) for pid in self.pids)

    def resident_mib_of(self, pid: int) -> float:
        """Resident memory of one of the processes, its children included."""
        return sum(_resident_kib(member) for member in _family(pid)) / 1024

    def own_mib(self, pid: int) -> float:
        """Resident memory of one of the processes without its children."""
        return _resident_kib(pid) / 1024

    def total_cpu_seconds(self) -> float:
        """Processor time that all of the processes have used so far."""
        return sum(self.cpu_seconds(pid) for pid in self.pids)

    def cpu_seconds(self, pid: int) -> float:
        """Processor time that one of the processes has used so far, all its threads together."""
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        user, system = int(after_name[11]), int(after_name[12])
        return (user + system) / os.sysconf("SC_CLK_TCK")

    def family_cpu_seconds(self) -> float:
        """Processor time that all of the processes and their children have used so far."""
        return sum(self.cpu_seconds(member) for pid in self.pids for member in _family(pid))


def ready_again_seconds() -> float:
    """How long `hexaface serve` takes until it is ready, when its stores exist."""
    with _home() as home:
        with all_in_one(home=home):
            pass
        with all_in_one(home=home) as again:
            return again.ready_seconds


@contextmanager
def _home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hexaface-bench-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL is another user when we are root
        yield Path(folder) / "home"


@contextmanager
def all_in_one(tree: Path = ROOT, home: Path | None = None) -> Iterator[Running]:
    """`hexaface serve` of a tree on a free port, with a home of its own unless given."""
    port = free_port()
    # Where the command stood before the modules moved.
    module = "hexaface.commands.app" if (tree / "hexaface/commands/app.py").exists() else "hexaface.cli"
    command = [sys.executable, "-m", module, "serve", "--port", str(port), "--log-level", "WARNING"]
    with ExitStack() as stack:
        place = home or stack.enter_context(_home())
        yield stack.enter_context(started([command], port, {"HEXAFACE_HOME": str(place)}, tree))


@contextmanager
def separate(tree: Path = ROOT) -> Iterator[Running]:
    """The gateway and each service of a tree as processes of their own, over loopback, as containers run them."""
    # A tree of before has no liveness.
    served = [task for task in TASKS if (tree / "services" / task).is_dir()]
    ports = {task: free_port() for task in served}
    urls = {f"HEXAFACE_{task.upper()}_URL": f"http://127.0.0.1:{port}" for task, port in ports.items()}
    commands = [_uvicorn(f"services.{task}.app:create_app", port) for task, port in ports.items()]
    gateway = free_port()
    commands.append(_uvicorn("gateway.app:create_app", gateway))
    with started(commands, gateway, urls | {"HEXAFACE_LOG_LEVEL": "WARNING"}, tree) as running:
        yield running


@contextmanager
def alone(task: str, *, threads: int) -> Iterator[Running]:
    """One service as its container runs it, with a fixed number of intra-op threads."""
    port = free_port()
    environment = {
        "HEXAFACE_PORT": str(port),
        "HEXAFACE_THREADS": str(threads),
        "HEXAFACE_LOG_LEVEL": "WARNING",
    }
    with started([[sys.executable, "-m", "serving", task]], port, environment) as running:
        yield running


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _uvicorn(factory: str, port: int) -> list[str]:
    options = ["--port", str(port), "--log-level", "error", "--no-access-log"]
    return [sys.executable, "-m", "uvicorn", "--factory", factory, *options]


@contextmanager
def started(
    commands: list[list[str]],
    port: int,
    environment: dict[str, str] | None = None,
    tree: Path = ROOT,
    *,
    ready: str = "/readyz",
) -> Iterator[Running]:
    """The commands' processes, once the path `ready` of the port answers. Raises StartError."""
    began = time.perf_counter()
    with ExitStack() as stack:
        processes = []
        for command in commands:
            # What the servers print must not run into the tables.
            process = subprocess.Popen(
                command,
                env=os.environ | {"PYTHONPATH": str(tree)} | (environment or {}),
                cwd=tree,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(_stop, process)
            processes.append(process)
        url = f"http://127.0.0.1:{port}"
        _await_ready(f"{url}{ready}", processes)
        yield Running(url, [process.pid for process in processes], time.perf_counter() - began)


def _await_ready(url: str, processes: "list[subprocess.Popen[bytes]]") -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in processes):
            raise StartError("its server ended at once")
        try:
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise StartError(f"its server was not ready within {_READY_SECONDS} s")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _family(pid: int) -> list[int]:
    found = [pid]
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in listing.read_text().split():
            found.extend(_family(int(child)))
    return found


def _resident_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0
