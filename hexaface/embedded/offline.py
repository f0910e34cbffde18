"""Work on this machine's database without the API: that of a running all-in-one server, or started for the moment."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pydantic import ValidationError

from gateway.keys.store import KeyStore
from gateway.settings.keys import KeySettings
from gateway.settings.stores import StoreSettings
from gateway.stores.database import Database, database_url
from hexaface.embedded.stores import StoreError, default_home, running_database
from hexaface.embedded.stores.postgresql import Cluster
from web.problems import ProblemError

__all__ = ["KeyStore", "OfflineError", "backup", "restore", "with_keys"]

T = TypeVar("T")


class OfflineError(Exception):
    """It cannot be done; the text says why."""


def with_keys(work: Callable[[KeyStore], Awaitable[T]]) -> T:
    """Do `work` with the keys of the database. Raises OfflineError."""
    protected = KeySettings().protected

    async def run(url: str) -> T:
        database = Database(url, pool_size=1)
        await database.open()
        try:
            return await work(KeyStore(database, protected=protected))
        finally:
            await database.aclose()

    try:
        with _database() as url:
            return asyncio.run(run(url))
    except ProblemError as error:
        raise OfflineError(error.detail) from error


def backup(target: int) -> None:
    """Write all identities and keys to a file descriptor, also while a server runs. Raises OfflineError."""
    _run("pg_dump", "--format=custom", "--no-owner", output=target)


def restore(source: int) -> None:
    """Replace all identities and keys by a dump's: entirely, or not at all. Raises OfflineError."""
    options = ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]
    _run("pg_restore", *options, entry=source)


@contextmanager
def _database() -> Iterator[str]:
    try:
        with running_database(default_home(), StoreSettings().database_url) as url:
            yield url
    except (StoreError, ValidationError, OSError) as error:
        raise OfflineError(str(error)) from error


def _run(program: str, *options: str, entry: int | None = None, output: int | None = None) -> None:
    with _database() as given:
        url = database_url(given).set(drivername="postgresql")
        command = [str(Cluster(default_home()).programs / program), *options]
        target = ["--dbname", url.render_as_string(hide_password=False)]
        done = subprocess.run(  # noqa: S603  # PostgreSQL's own program, no shell
            [*command, *target], stdin=entry, stdout=output, stderr=subprocess.PIPE, check=False
        )
    if done.returncode:
        raise OfflineError(f"{program}: {done.stderr.decode(errors='replace').strip()}")
