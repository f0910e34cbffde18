"""What PostgreSQL keeps of deleted rows, overwritten: dead rows, free space of pages, index pages, the write-ahead log.

A deleted row stays on its page until a vacuum, and its bytes stay in the page's free space until others come there. So
after the vacuum the free space is filled with rows of no meaning, in a transaction that is undone. Nothing here locks
readers or writers out.
"""

import time
from dataclasses import dataclass

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.stores.database import Database
from gateway.stores.leading import MAINTENANCE, leading

log = structlog.get_logger(__name__)

# Deletions that no reader of before can still see; those of others' transactions wait for the next time.
_DUE = text(
    "SELECT count(*), max(pk) FILTER (WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_xmin IS NOT NULL "
    "AND pid <> pg_backend_pid() AND age(backend_xmin) >= age(xid::xid))) FROM scrubs_due"
)
# After a scrub it rests so many times as long: at most a fifth of one connection's time goes into it.
_REST = 4
_FIRST_ROWS = 64
# Large rows fill most of the space with few line pointers, small ones the rest.
_SIZES = (900, 0)


@dataclass(frozen=True)
class _Place:
    """A table that holds people: a row without meaning (`:n` the number of rows, `:bytes` its extra length) and the
    indexes that hold their ids. Each row refers to nobody, so that it could not even be committed.
    """

    table: str
    filler: str
    indexes: tuple[str, ...] = ()


_PLACES = (
    _Place(
        "faces",
        "INSERT INTO faces (id, collection_pk, subject_pk, embedding, face, warnings, image_sha256) "
        "SELECT gen_random_uuid(), -1, -1, '[0]'::vector, '{}', '{}', decode(repeat('00', :bytes), 'hex') "
        "FROM generate_series(1, :n)",
    ),
    _Place(
        "subjects",
        "INSERT INTO subjects (collection_pk, id, name, metadata) "
        "SELECT -1, gen_random_uuid()::text, repeat(' ', :bytes), '{}' FROM generate_series(1, :n)",
        ("subjects_collection_pk_id_key",),
    ),
    _Place(
        "idempotency_keys",
        "INSERT INTO idempotency_keys (tenant, key, fingerprint, face_id, answer) "
        "SELECT '', gen_random_uuid()::text, decode(repeat('00', :bytes), 'hex'), gen_random_uuid(), '{}' "
        "FROM generate_series(1, :n)",
        ("idempotency_keys_pkey",),
    ),
    _Place(
        "chips",
        "INSERT INTO chips (face_id, content) "
        "SELECT gen_random_uuid(), decode(repeat('00', :bytes), 'hex') FROM generate_series(1, :n)",
    ),
    _Place(
        "cache_erasures",
        "INSERT INTO cache_erasures (tenant, image_sha256) "
        "SELECT '', decode(repeat('00', :bytes), 'hex') FROM generate_series(1, :n)",
    ),
)


class Scrubbing:
    """Scrubs after deletions, one gateway at a time, seldom enough to leave the server to its work."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rest_until = 0.0

    async def carry_out(self) -> bool:
        """Scrub what is due; False while a reader of before, a backup say, or the build of an index is in the way."""
        if not self._database.url or time.monotonic() < self._rest_until:
            return True
        async with self._database.transaction() as session:
            noted, last = (await session.execute(_DUE)).one()
        if last is None:
            return not noted
        async with leading(self._database.url, *MAINTENANCE) as connection:
            return connection is not None and await self._scrub(connection)

    async def _scrub(self, connection: AsyncConnection) -> bool:
        # Asked again: another gateway may have been here in between.
        noted, last = (await connection.execute(_DUE)).one()
        if last is None:
            return not noted
        started = time.monotonic()
        for place in _PLACES:
            await _overwrite(connection, place)
        # Where it is not ours to vacuum that is a warning, no error.
        await connection.execute(text("VACUUM pg_catalog.pg_statistic"))
        await _renew_log(connection)
        await connection.execute(text("DELETE FROM scrubs_due WHERE pk <= :last"), {"last": last})
        seconds = time.monotonic() - started
        self._rest_until = time.monotonic() + _REST * seconds
        log.info("scrub.done", deletions=noted, seconds=round(seconds, 2))
        return True


async def _overwrite(connection: AsyncConnection, place: _Place) -> None:
    # pgvector zeroes an erased vector in its index only when the index is cleaned, which a vacuum may leave out.
    vacuum = text(f"VACUUM (INDEX_CLEANUP ON) {place.table}")
    await connection.execute(vacuum)
    for size in _SIZES:
        await _fill(connection, place, size)
    await connection.execute(vacuum)
    for index in place.indexes:
        # What a rebuild that was stopped half-way has left.
        await connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {index}_ccnew"))
        await connection.execute(text(f"REINDEX INDEX CONCURRENTLY {index}"))


async def _fill(connection: AsyncConnection, place: _Place, size: int) -> None:
    """Write rows over the table's free space until it begins to grow; none of them is ever committed."""
    rows, before = _FIRST_ROWS, await _size(connection, place)
    while await _size(connection, place) <= before:
        await connection.execute(text("BEGIN"))
        try:
            await connection.execute(text(place.filler), {"n": rows, "bytes": size})
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != "23503":  # they refer to nobody, as they should
                raise
        await connection.execute(text("ROLLBACK"))
        rows = min(rows * 2, 65_536)


async def _size(connection: AsyncConnection, place: _Place) -> int:
    size: int = await connection.scalar(text("SELECT pg_relation_size(to_regclass(:t))"), {"t": place.table})
    return size


async def _renew_log(connection: AsyncConnection) -> None:
    """Begin a new segment of the write-ahead log and let go of the old ones; a server of others' may refuse."""
    for statement in ("SELECT pg_switch_wal()", "CHECKPOINT"):
        try:
            await connection.execute(text(statement))
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != "42501":
                raise
            log.info("scrub.log_left", reason="not allowed to renew the write-ahead log")
            return
