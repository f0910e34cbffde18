"""Keeps the servers of a home running: started by the first process of it, started again when they die.

The first process owns the home by a lock that the kernel gives back however the process ends. Any further process uses
the servers of the first, and takes the home over when that ends: its requests meet a 503 for a moment, no more.
"""

import fcntl
import os
import subprocess
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog
from prometheus_client import Counter

from hexaface.embedded.stores.errors import StoreError
from hexaface.embedded.stores.server import Server

log = structlog.get_logger(__name__)

RESTARTS = Counter(
    "hexaface_store_restarts_total", "Embedded stores that died and were started again", ["store"]
)

_POLL_SECONDS = 0.25
_OTHERS_SECONDS = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


class Watch:
    """Runs servers from `start` to `stop`, in a thread of its own."""

    def __init__(self, home: Path, servers: Sequence[Server]) -> None:
        self._home = home
        self._servers = servers
        self._lock: int | None = None
        self._undertaker = _Undertaker()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stores", daemon=True)
        # Per server: when to try again, and how long to wait after that.
        self._pauses = dict.fromkeys(servers, (0.0, _FIRST_PAUSE))

    def start(self) -> None:
        """Start the servers, or wait for those of the process that owns the home. Raises StoreError."""
        deadline = time.monotonic() + _OTHERS_SECONDS
        while not self._own():
            if all(server.answers() for server in self._servers):
                log.info("stores.shared", home=str(self._home))
                break
            if time.monotonic() > deadline:
                missing = ", ".join(server.name for server in self._servers if not server.answers())
                raise StoreError(
                    f"another HexaFace process owns {self._home}, but its {missing} does not answer"
                )
            time.sleep(_POLL_SECONDS)
        if self._lock is not None:
            self._start_all()
        self._thread.start()

    def stop(self) -> None:
        """Stop what this process started."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()
        if self._lock is not None:
            for server in self._servers:
                server.stop()
            self._undertaker.dismiss()
            os.close(self._lock)
            self._lock = None

    def _start_all(self) -> None:
        try:
            with ThreadPoolExecutor(len(self._servers)) as side_by_side:
                list(side_by_side.map(lambda server: server.start(), self._servers))
        except BaseException:
            self.stop()
            raise
        self._undertaker.appoint(self._servers)

    def _own(self) -> bool:
        """Whether this process has become the owner of the home."""
        opened = os.open(self._home / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.fchmod(opened, 0o600)
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(opened)
            return False
        self._lock = opened
        return True

    def _run(self) -> None:
        while not self._ended.wait(_POLL_SECONDS):
            if self._lock is None:
                if not self._own():
                    continue
                log.warning("stores.taken_over", home=str(self._home))
            for server in self._servers:
                self._see_to(server)

    def _see_to(self, server: Server) -> None:
        """Start a server that does not run, unless it was tried just now."""
        again_at, pause = self._pauses[server]
        if server.pid() is not None or time.monotonic() < again_at:
            return
        log.error("store.died", store=server.name)
        started = time.monotonic()
        try:
            server.start()
        except StoreError as error:
            log.error("store.not_started", store=server.name, reason=str(error), again_in=pause)  # noqa: TRY400  # the reason says it all
        else:
            RESTARTS.labels(server.name).inc()
            log.warning("store.restarted", store=server.name, seconds=round(time.monotonic() - started, 2))
            self._undertaker.appoint(self._servers)
        now = time.monotonic()
        # One that ran for long and died is started at once; one that dies again and again, ever later.
        longer = _FIRST_PAUSE if started - again_at > _LONGEST_PAUSE else min(2 * pause, _LONGEST_PAUSE)
        self._pauses[server] = (now + pause, longer)


class _Undertaker:
    """A shell that asks the servers to stop when this process is gone: it waits for the end of a pipe.

    SIGINT is PostgreSQL's fast shutdown, and Valkey stops by it too. A session of its own keeps Ctrl-C away.
    """

    _SCRIPT = "while read -r line; do pids=$line; done; kill -INT $pids"

    def __init__(self) -> None:
        self._shell: subprocess.Popen[bytes] | None = None

    def appoint(self, servers: Sequence[Server]) -> None:
        """Whom to stop from now on."""
        if self._shell is None:
            self._shell = subprocess.Popen(  # noqa: S603  # a script of our own
                ["/bin/sh", "-c", self._SCRIPT],
                stdin=subprocess.PIPE,
                start_new_session=True,
                stderr=subprocess.DEVNULL,
            )
        pids = [str(pid) for pid in (server.pid() for server in servers) if pid is not None]
        if self._shell.stdin is not None:
            self._shell.stdin.write(" ".join(pids).encode() + b"\n")
            self._shell.stdin.flush()

    def dismiss(self) -> None:
        """They have been stopped."""
        if self._shell is not None:
            self._shell.kill()
            self._shell.communicate()
            self._shell = None
