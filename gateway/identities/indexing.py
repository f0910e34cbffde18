"""The HNSW index of a large collection: one partial index each, so that a search never wades through other galleries."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from gateway.identities.removals import HIDDEN
from gateway.identities.slots import COLUMNS
from gateway.stores.leading import MAINTENANCE, leading
from gateway.stores.tables import CollectionRow

INDEX_FROM = 10_000
"""Faces from which on a collection gets an index: below, exact search takes at most a few milliseconds."""

# Recall@1 >= 0.99 at 100,000 faces (docs/performance-identity.md); pgvector's defaults are m 16, ef_construction 64.
_M, _EF_CONSTRUCTION = 16, 128
BUILD_MEMORY_MB = 384
"""The graph is built in memory when it fits, several times faster: 1,000 faces take about 1.1 MB."""
# A drop waits for every transaction that began before it; a backup may take hours.
_DROP_SECONDS = 60
_SUFFIXES = ("", "_b")
# Of collections that are gone, and of the slot that nobody searches and no move fills.
_LEFT_OVER = r"""
    SELECT relname FROM (
        SELECT relname, substring(relname from '^faces_hnsw_half_([0-9]+)')::bigint AS number,
            CASE WHEN relname LIKE '%\_b' THEN 1 ELSE 0 END AS slot
        FROM pg_class JOIN pg_index ON indexrelid = oid WHERE indrelid = 'faces'::regclass
    ) AS named
    WHERE number IS NOT NULL AND NOT EXISTS (
        SELECT FROM collections LEFT JOIN moves ON collection_pk = pk WHERE pk = number AND tenant <> :hidden
        AND (collections.slot = named.slot OR moves.state <> 'ending')
    )
"""
_SAMPLED = r"""
    SELECT relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE indrelid = 'faces'::regclass AND relname ~ '^faces_hnsw_half_[0-9]+(_b)?$' AND coalesce(attstattarget, -1) <> 0
"""
# Before PostgreSQL 18 only a superuser can, by hand.
_FORGET_SAMPLE = """
    DO $$ BEGIN IF to_regproc('pg_clear_attribute_stats') IS NOT NULL THEN
        PERFORM pg_clear_attribute_stats(current_schema(), '{0}', attname::text, false)
        FROM pg_attribute WHERE attrelid = '{0}'::regclass;
    END IF; END $$
"""


@dataclass(frozen=True)
class Gallery:
    """How many faces a collection holds, and whether they are indexed."""

    faces: int
    indexed: bool


async def gallery(session: AsyncSession, collection: CollectionRow, slot: int | None = None) -> Gallery:
    """The size of a collection and the state of its index, of the searched slot unless another is named."""
    name = index_name(collection.pk, collection.slot if slot is None else slot)
    query = text(
        "SELECT (SELECT count(*) FROM faces WHERE collection_pk = :pk), "
        "coalesce((SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)), false)"
    )
    faces, indexed = (await session.execute(query, {"pk": collection.pk, "name": name})).one()
    return Gallery(faces, indexed)


async def build_index(
    url: str, collection_pk: int, dimensions: int, slot: int = 0, memory_mb: int = BUILD_MEMORY_MB
) -> bool:
    """Build the index of a collection while others read and write; False when somebody else is at it.

    An index that a killed build left behind is invalid; it is dropped and built again.
    """
    name = index_name(collection_pk, slot)
    async with leading(url, *MAINTENANCE) as connection:
        if connection is None:
            return False
        invalid = text("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
        if await connection.scalar(invalid, {"name": name}):
            await connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
        await connection.execute(text(f"SET maintenance_work_mem = '{memory_mb:d}MB'"))
        # Parallel workers would share the graph through /dev/shm, of which a container has 64 MB.
        await connection.execute(text("SET max_parallel_maintenance_workers = 0"))
        await connection.execute(
            text(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON faces "
                f"USING hnsw (({indexed_expression(dimensions, slot)}) halfvec_cosine_ops) "
                f"WITH (m = {_M}, ef_construction = {_EF_CONSTRUCTION}) WHERE collection_pk = {collection_pk:d}"
            )
        )
        await keep_no_samples(connection)
        return True


async def keep_no_samples(connection: AsyncConnection) -> None:
    """Keep indexed embeddings out of the planner's statistics, where a sample of an erased one would stay."""
    for name in (await connection.scalars(text(_SAMPLED))).all():
        await connection.execute(text(f"ALTER INDEX {name} ALTER COLUMN 1 SET STATISTICS 0"))
        await connection.execute(text(_FORGET_SAMPLE.format(name)))


async def drop_left_over(url: str) -> int:
    """Drop the indexes of collections that are gone, while others read and write; how many those were.

    Waits for transactions that may still use them; a drop that is given up half-way is finished the next time.
    """
    dropped = 0
    async with leading(url, *MAINTENANCE) as connection:
        if connection is None:
            return 0
        await connection.execute(text(f"SET lock_timeout = '{_DROP_SECONDS}s'"))
        await keep_no_samples(connection)
        for name in (await connection.scalars(text(_LEFT_OVER), {"hidden": HIDDEN})).all():
            await connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
            dropped += 1
    return dropped


def index_name(collection_pk: int, slot: int = 0) -> str:
    """The name of the index of a collection's slot."""
    return f"faces_hnsw_half_{collection_pk:d}{_SUFFIXES[slot]}"


def indexed_expression(dimensions: int, slot: int = 0) -> str:
    """What is indexed: embeddings of half precision (11 bits of each number), so that more of the graph stays in memory."""
    return f"{COLUMNS[slot]}::halfvec({dimensions:d})"
