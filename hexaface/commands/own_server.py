"""`hexaface serve` as a process of its own: on a free loopback port, started, awaited and stopped by whoever needs one."""

import os
import socket
import subprocess
import sys
import time
from typing import IO, Self

from hexaface.client.clients import Client
from hexaface.client.errors import UnreachableError

# About five seconds on a quiet machine; a loaded one has been seen to take a minute.
_START_SECONDS = 120
_STOP_SECONDS = 30
_POLL_SECONDS = 0.1


class OwnServer:
    """A server that is ready within its context, and stopped at the end."""

    def __init__(self, *, stderr: int | IO[bytes] | None = None, **environment: str) -> None:
        """`stderr`: where its log goes, as subprocess takes it; `environment`: settings besides this process's own."""
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        given = {name: value for name, value in os.environ.items() if name != "HEXAFACE_ADMIN_KEY_FILE"}
        self._environment = given | {"HEXAFACE_LOG_LEVEL": "WARNING"} | environment
        self._stderr = stderr
        self.process = self.start()

    def __enter__(self) -> Self:
        try:
            self.await_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the process, or another one in the place of one that has ended."""
        command = [sys.executable, "-m", "hexaface.commands.app", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=self._environment, stderr=self._stderr)  # noqa: S603  # our own command, no shell
        return self.process

    def await_ready(self) -> None:
        """Wait until it is ready. Raises UnreachableError."""
        deadline = time.monotonic() + _START_SECONDS
        with Client(self.url) as client:
            while self.process.poll() is None and time.monotonic() < deadline:
                try:
                    if client.ready().ready:
                        return
                except UnreachableError:
                    pass
                time.sleep(_POLL_SECONDS)
        raise UnreachableError("the server did not become ready; `hexaface doctor` says more")

    def stop(self) -> None:
        """End it as an operator would."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
