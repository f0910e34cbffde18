"""The connection to PostgreSQL: pooled, migrated, with a limit on every statement and failures as problems."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from prometheus_client import Counter
from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool

from gateway.stores.vectors import teach
from web.problems import UnavailableError
from web.tracing import client_span

log = structlog.get_logger(__name__)

FAILURES = Counter(
    "hexaface_database_failures_total", "Uses of PostgreSQL that failed or were not tried", ["reason"]
)

_MIGRATIONS = Path(__file__).parent.parent / "migrations"
# Any number will do as long as every gateway uses the same: it keeps two from migrating at once.
_MIGRATION_LOCK = 4_026_531_840
_CONNECT_SECONDS = 5
_RETRY_SECONDS = 2
_FIRST_TRY_SECONDS = 10


class Database:
    """PostgreSQL as the gateway uses it; without a URL every use is UnavailableError."""

    def __init__(
        self, url: str | None, *, pool_size: int = 10, statement_seconds: float = 10, replica: bool = False
    ) -> None:
        """A `replica` is never migrated: its tables come from the database that it follows."""
        self.url = url
        self.on_write: Callable[[str], Awaitable[None]] | None = None
        """Is told the tenant whose data a transaction has changed."""
        self._engine = _engine(url, pool_size, statement_seconds) if url else None
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._migrated = asyncio.Event()
        self._migration: asyncio.Task[None] | None = None
        if replica:
            self._migrated.set()

    async def open(self) -> None:
        """Migrate. An unreachable database does not keep the gateway from starting: it is tried again."""
        if self.url:
            self._migration = asyncio.create_task(self._migrate_until_done(self.url))
            await asyncio.wait({self._migration}, timeout=_FIRST_TRY_SECONDS)
            if self._migration.done():
                self._migration.result()

    async def aclose(self) -> None:
        """Close every connection."""
        if self._migration is not None:
            self._migration.cancel()
        if self._engine is not None:
            await self._engine.dispose()

    @property
    def ready(self) -> bool:
        """Whether the tables are there."""
        return self._migrated.is_set()

    @asynccontextmanager
    async def transaction(self, *, writes_of: str | None = None) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed at the end of the block, or undone by an exception.

        `writes_of` names the tenant whose identities it changes.

        Raises UnavailableError when the database cannot be reached or does not answer in time; IntegrityError is the
        caller's to understand.
        """
        if not self.url:
            raise UnavailableError("this gateway has no database for identities; set DATABASE_URL")
        if not self.ready:
            raise _unavailable("not-migrated")
        try:
            with client_span("postgresql", **{"db.system.name": "postgresql"}):
                async with self._sessions.begin() as session:
                    yield session
            if writes_of is not None and self.on_write is not None:
                await self.on_write(writes_of)
        except IntegrityError:
            raise
        except DBAPIError as error:
            if error.connection_invalidated or isinstance(error.orig, OSError | TimeoutError) or _lost(error):
                raise _unavailable("lost") from error
            raise
        except (PoolTimeoutError, OSError, TimeoutError) as error:
            raise _unavailable(
                "timeout" if isinstance(error, PoolTimeoutError | TimeoutError) else "unreachable"
            ) from error

    async def _migrate_until_done(self, url: str) -> None:
        while True:
            try:
                await migrate(url)
            except (OSError, TimeoutError, SQLAlchemyError) as error:
                if isinstance(error, SQLAlchemyError) and not _lost(error):
                    raise
                log.warning("database.unreachable", error=type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self._migrated.set()
                return


def database_url(url: str) -> URL:
    """A URL for asyncpg from any way people write that of PostgreSQL. Raises sqlalchemy.exc.ArgumentError."""
    return make_url(url).set(drivername="postgresql+asyncpg")


def single_connection_engine(url: str) -> AsyncEngine:
    """An engine without pool, codec and limits: for migrations and for building an index."""
    return create_async_engine(
        database_url(url),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"timeout": _CONNECT_SECONDS},
    )


async def migrate(url: str, revision: str = "head") -> None:
    """Bring the database to a revision; gateways that start at once wait for one another."""
    engine = single_connection_engine(url)
    try:
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as guard:
            # Held by a connection of its own: the migrations commit as they go, to hold no lock longer than needed.
            await guard.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            async with engine.connect() as connection:
                await connection.run_sync(_upgrade, revision)
    finally:
        await engine.dispose()


def _engine(url: str, pool_size: int, statement_seconds: float) -> AsyncEngine:
    engine = create_async_engine(
        database_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=statement_seconds,
        pool_pre_ping=True,
        hide_parameters=True,  # errors are logged: they shall not quote ids and embeddings
        connect_args={
            "timeout": _CONNECT_SECONDS,
            "command_timeout": statement_seconds,
            # Compiling a plan costs more than any of our statements takes.
            "server_settings": {"jit": "off", "application_name": "hexaface"},
        },
    )
    event.listen(engine.sync_engine, "connect", teach)
    return engine


def _upgrade(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    current = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()  # what was asked began a transaction; each migration has its own
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        # A newer gateway was here, as in the middle of a rolling upgrade: what it added does not concern this one.
        log.warning("database.newer", revision=current)
        return
    command.upgrade(config, revision)


def _lost(error: SQLAlchemyError) -> bool:
    """Whether the server is gone, starting or stopping: SQLSTATE classes 08, 53 and 57."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    return str(state)[:2] in {"08", "53", "57"}


def _unavailable(reason: str) -> UnavailableError:
    FAILURES.labels(reason).inc()
    return UnavailableError("the identity database cannot be reached", retry_after=5)
