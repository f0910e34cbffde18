"""Which stores run for this process: embedded ones under HEXAFACE_HOME, or those that URLs point to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hexaface.embedded.stores.account import server_account
from hexaface.embedded.stores.home import prepare
from hexaface.embedded.stores.postgresql import Cluster
from hexaface.embedded.stores.server import Server
from hexaface.embedded.stores.valkey import Valkey
from hexaface.embedded.stores.watch import Watch


@dataclass(frozen=True)
class StoreUrls:
    """Where the stores answer."""

    database: str
    redis: str


def embedded_urls(home: Path) -> StoreUrls:
    """Where the embedded stores of a home answer once they run. Raises StoreError."""
    return StoreUrls(database=Cluster(home).url, redis=Valkey(home).url)


@contextmanager
def running_stores(
    home: Path, *, database: str | None = None, redis: str | None = None
) -> Iterator[StoreUrls]:
    """Run what no URL is given for, and start again what dies; killed without an end, they stop a moment later.

    A second process with the same home uses the servers of the first, and its own when the first ends. Raises StoreError.
    """
    servers: list[Server] = []
    if not (database and redis):
        prepare(home, None if database else server_account())
    if not redis:
        servers.append(Valkey(home))
        redis = servers[-1].url
    if not database:
        servers.append(Cluster(home))
        database = servers[-1].url
    urls = StoreUrls(database=database, redis=redis)
    if not servers:
        yield urls
        return
    watch = Watch(home, servers)
    watch.start()
    try:
        yield urls
    finally:
        watch.stop()


@contextmanager
def running_database(home: Path, url: str | None = None) -> Iterator[str]:
    """PostgreSQL alone, at `url` or embedded. Raises StoreError."""
    with running_stores(home, database=url, redis="none is needed") as urls:
        yield urls.database
