"""The connection to PostgreSQL: pooled, with embeddings as raw float32 bytes and a limit on every statement."""

from array import array
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool
from sqlalchemy.types import UserDefinedType

_MIGRATIONS = Path(__file__).with_name("migrations")
# Any number will do as long as every gateway uses the same: it keeps two from migrating at once.
_MIGRATION_LOCK = 4_026_531_840
_VECTOR_SCHEMA = (
    "SELECT n.nspname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = 'vector'"
)


class Vector(UserDefinedType[bytes]):
    """pgvector's `vector`; in Python the bytes of float32 little-endian numbers.

    Without pgvector's own adapter: it goes through lists of Python floats and text.
    """

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in SQL; the length differs from collection to collection."""
        return "vector"


def encode_vector(values: bytes) -> bytes:
    """float32 little-endian -> pgvector's binary format (`vector_send`): two int16, then float32, all big-endian."""
    numbers = array("f", values)
    numbers.byteswap()
    return len(numbers).to_bytes(2, "big") + b"\0\0" + numbers.tobytes()


def decode_vector(wire: bytes) -> bytes:
    """Read the binary format of pgvector: float32 little-endian."""
    numbers = array("f", wire[4:])
    numbers.byteswap()
    return numbers.tobytes()


def database_url(url: str) -> URL:
    """A URL for asyncpg from any way people write PostgreSQL's. Raises sqlalchemy.exc.ArgumentError."""
    return make_url(url).set(drivername="postgresql+asyncpg")


def create_engine(url: str, *, pool_size: int, statement_seconds: float) -> AsyncEngine:
    """An engine over a migrated database."""
    engine = create_async_engine(
        database_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=statement_seconds,
        pool_pre_ping=True,
        connect_args={
            "timeout": 5,
            "command_timeout": statement_seconds,
            # Compiling a plan costs more than any of our statements takes.
            "server_settings": {"jit": "off", "application_name": "hexaface"},
        },
    )
    event.listen(engine.sync_engine, "connect", _teach_vectors)
    return engine


def _teach_vectors(connection: Any, _: ConnectionPoolEntry) -> None:
    async def teach(raw: Any) -> None:
        schema = await raw.fetchval(_VECTOR_SCHEMA)
        await raw.set_type_codec(
            "vector", schema=schema, encoder=encode_vector, decoder=decode_vector, format="binary"
        )

    connection.run_async(teach)


async def migrate(url: str, revision: str = "head") -> None:
    """Bring the database to a revision; gateways that start at once wait for one another."""
    engine = create_async_engine(database_url(url), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            await connection.run_sync(_upgrade, revision)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
