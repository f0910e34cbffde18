"""What is done to an all-in-one server: its stores killed and paused, itself killed, connections used up, its disk filled."""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psutil

PAUSE_SECONDS = 2.0
_SOCKETS = 200


class Disturbances:
    """The disturbances of one server; each ends by itself and leaves the rest to the server."""

    def __init__(self, home: Path, url: str, restart: Callable[[], None], *, small_disk: bool) -> None:
        """`restart` kills the server's process and starts it again; `small_disk`: the home lies on a disk of its own."""
        self.home = home
        self.all: dict[str, Callable[[], None]] = {
            "postgresql killed": lambda: self._signal("postgresql", signal.SIGKILL),
            "postgresql paused": lambda: self._paused("postgresql"),
            "a postgresql backend killed": self._backend_killed,
            "valkey killed": lambda: self._signal("valkey", signal.SIGKILL),
            "valkey paused": lambda: self._paused("valkey"),
            "the server killed": restart,
            "connections used up": partial(use_up_connections, url),
        }
        if small_disk:
            self.all["disk full"] = self._disk_full

    def _stores(self, name: str) -> list[psutil.Process]:
        """The processes that work in a store's folder, the server before its helpers."""
        folder = str(self.home / name)
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.cwd() == folder:
                    found.append(process)
        return sorted(found, key=lambda process: process.create_time())

    def _signal(self, name: str, number: int) -> None:
        for process in self._stores(name)[:1]:
            process.send_signal(number)

    def _paused(self, name: str) -> None:
        stopped = self._stores(name)
        for process in stopped:
            with contextlib.suppress(psutil.Error):
                process.suspend()
        time.sleep(PAUSE_SECONDS)
        for process in stopped:
            with contextlib.suppress(psutil.Error):
                process.resume()

    def _backend_killed(self) -> None:
        for process in self._stores("postgresql")[-1:]:
            process.send_signal(signal.SIGKILL)

    def _disk_full(self) -> None:
        filler = self.home / "filler"
        with contextlib.suppress(OSError), filler.open("wb") as file:
            while True:
                file.write(bytes(1 << 20))
                file.flush()
                os.fsync(file.fileno())
        time.sleep(PAUSE_SECONDS)
        filler.unlink(missing_ok=True)


def use_up_connections(url: str) -> None:
    """Hold many connections to a server that say nothing."""
    address = urlsplit(url)
    with contextlib.ExitStack() as stack:
        for _ in range(_SOCKETS):
            with contextlib.suppress(OSError):
                stack.enter_context(socket.create_connection((address.hostname, address.port), 1))
        time.sleep(PAUSE_SECONDS)
