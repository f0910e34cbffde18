"""The services in several processes beside the gateway's, for machines with more cores than one process can feed."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import structlog
from prometheus_client import Counter
from prometheus_client.multiprocess import mark_process_dead

from gateway.upstreams.balancing import BalancingTransport
from hexaface.embedded.ending import end
from hexaface.embedded.mounted import served
from serving.errors import StartupError
from serving.loading import cores_of
from serving.settings import ServiceSettings
from web.metrics import SHARED_FOLDER

log = structlog.get_logger(__name__)

RESTARTS = Counter("hexaface_worker_restarts_total", "Workers that died and were started again")

_START_SECONDS = 120.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.1
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_CONNECTIONS = httpx.Limits(max_connections=64, max_keepalive_connections=16)


class WorkerServices:
    """Every service as a transport that spreads over the workers, which run while `running` is entered."""

    def __init__(self, count: int, settings: ServiceSettings | None = None) -> None:
        settings = settings or ServiceSettings()
        self._folder = Path(tempfile.mkdtemp(prefix="hexaface-workers-"))
        names = [f"worker-{i}" for i in range(count)]
        threads = max(1, cores_of(settings) // count)
        self._workers = [_Worker(self._folder / name, threads) for name in names]

        async def addresses(_host: str, _port: int) -> list[str]:
            return names

        self.transports: dict[str, httpx.AsyncBaseTransport] = {
            name: BalancingTransport(self._connect, name=name, resolve=addresses) for name in served(settings)
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the workers, and start again those that die. Raises StartupError."""
        try:
            for worker in self._workers:
                worker.start()
            await asyncio.gather(*(worker.ready() for worker in self._workers))
            watching = asyncio.create_task(self._watch())
            try:
                yield
            finally:
                watching.cancel()
        finally:
            await asyncio.gather(*(asyncio.to_thread(worker.stop) for worker in self._workers))
            shutil.rmtree(self._folder, ignore_errors=True)

    def _connect(self, name: str) -> httpx.AsyncBaseTransport:
        return httpx.AsyncHTTPTransport(uds=str(self._folder / name), limits=_CONNECTIONS)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            for worker in self._workers:
                worker.see_to()


class _Worker:
    """One process; its socket lies in a folder that only this user may enter."""

    def __init__(self, path: Path, threads: int) -> None:
        self._path = path
        self._threads = threads
        self._process: subprocess.Popen[bytes] | None = None
        self._again_at = 0.0
        self._pause = _FIRST_PAUSE

    def start(self) -> None:
        """Start the process; its models are loaded later."""
        self._path.unlink(missing_ok=True)
        self._again_at = time.monotonic() + self._pause
        self._process = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-m", "hexaface.embedded.worker", str(self._path)],
            stdin=subprocess.PIPE,
            env=os.environ | {"HEXAFACE_THREADS": str(self._threads)},
        )

    async def ready(self) -> None:
        """Wait until every model is proved, or known not to be. Raises StartupError."""
        deadline = time.monotonic() + _START_SECONDS
        transport = httpx.AsyncHTTPTransport(uds=str(self._path))
        async with httpx.AsyncClient(transport=transport, base_url="http://detector") as client:
            while time.monotonic() < deadline:
                if self._process is not None and self._process.poll() is not None:
                    raise StartupError("a worker could not start; its own line above says why")
                try:
                    await client.get("/healthz", timeout=2)
                except httpx.TransportError:
                    await asyncio.sleep(_POLL_SECONDS)
                else:
                    return
        raise StartupError(f"a worker did not start within {_START_SECONDS:g} s")

    def see_to(self) -> None:
        """Start the process again when it has died, ever later when it does so again and again."""
        if self._process is None or self._process.poll() is None or time.monotonic() < self._again_at:
            return
        died = self._process
        self._bury(died)
        log.error("worker.died", pid=died.pid, status=died.returncode)
        lived_long = time.monotonic() - self._again_at > _LONGEST_PAUSE
        self._pause = _FIRST_PAUSE if lived_long else min(2 * self._pause, _LONGEST_PAUSE)
        self.start()
        RESTARTS.inc()

    def stop(self) -> None:
        """Let it finish what it has begun."""
        if self._process is None:
            return
        end(self._process, _STOP_SECONDS)
        self._bury(self._process)

    @staticmethod
    def _bury(process: "subprocess.Popen[bytes]") -> None:
        if process.stdin is not None:
            process.stdin.close()
        if os.environ.get(SHARED_FOLDER):
            mark_process_dead(process.pid)  # type: ignore[no-untyped-call]  # the package types only its common parts
