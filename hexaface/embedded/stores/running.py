"""Which stores run for this process: embedded ones under HEXAFACE_HOME, or those that URLs point to."""

import fcntl
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from hexaface.embedded.stores import postgresql, valkey
from hexaface.embedded.stores.errors import StoreError

log = structlog.get_logger(__name__)

_SYSTEM_HOME = Path("/var/lib/hexaface")


@dataclass(frozen=True)
class StoreUrls:
    """Where the stores answer."""

    database: str
    redis: str


def embedded_urls(home: Path) -> StoreUrls:
    """Where the embedded stores of a home answer once they run."""
    return StoreUrls(database=postgresql.Cluster(home).url, redis=valkey.url(home))


def default_home() -> Path:
    """`HEXAFACE_HOME`, else the user's data folder; for root, whose own folders others may not enter, the system's."""
    given = os.environ.get("HEXAFACE_HOME")
    if given:
        return Path(given).expanduser().absolute()
    if os.geteuid() == 0:
        return _SYSTEM_HOME
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "hexaface"


@contextmanager
def running_stores(
    home: Path, *, database: str | None = None, redis: str | None = None
) -> Iterator[StoreUrls]:
    """Start what no URL is given for, and stop it at the end; killed without an end, they stop a moment later.

    A second process with the same home uses the servers of the first. Raises StoreError.
    """
    with ExitStack() as stack:
        owner = not (database and redis) and stack.enter_context(_ownership(home))
        pids = []
        if not redis:
            redis, pid = stack.enter_context(valkey.server(home, owner=owner))
            pids.append(pid)
        if not database:
            database, pid = stack.enter_context(postgresql.server(home, owner=owner))
            pids.append(pid)
        if owner:
            stack.enter_context(_undertaker([pid for pid in pids if pid is not None]))
        yield StoreUrls(database=database, redis=redis)


@contextmanager
def running_database(home: Path, url: str | None = None) -> Iterator[str]:
    """PostgreSQL alone, at `url` or embedded. Raises StoreError."""
    with running_stores(home, database=url, redis="none is needed") as urls:
        yield urls.database


@contextmanager
def _ownership(home: Path) -> Iterator[bool]:
    """Whether this process is the first to use `home`. The kernel gives the lock back however the process ends."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        file = (home / "lock").open("w")
    except OSError as error:
        raise StoreError(
            f"{home} cannot be written ({error}); set HEXAFACE_HOME to a folder that can"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("stores.shared", home=str(home))
            yield False
        else:
            yield True


@contextmanager
def _undertaker(pids: Sequence[int]) -> Iterator[None]:
    """A shell that asks the servers to stop when this process is gone: it waits for the end of a pipe.

    SIGINT is PostgreSQL's fast shutdown, and Valkey stops by it too. A session of its own keeps Ctrl-C away.
    """
    script = "while read -r _; do :; done; kill -INT " + " ".join(map(str, pids))
    shell = subprocess.Popen(  # noqa: S603  # numbers only
        ["/bin/sh", "-c", script], stdin=subprocess.PIPE, start_new_session=True, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        shell.kill()
        shell.communicate()
