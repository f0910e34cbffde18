"""The HNSW index of a large collection: one partial index each, so that a search never wades through other galleries."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.stores.database import single_connection_engine

INDEX_FROM = 10_000
"""Faces from which on a collection gets an index: below, exact search takes at most a few milliseconds."""

# Recall@1 >= 0.99 at 100,000 faces (docs/performance-identity.md); pgvector's defaults are m 16, ef_construction 64.
_M, _EF_CONSTRUCTION = 16, 128
# The graph is built in memory when it fits: 100,000 faces of 192 numbers take about 80 MB.
_BUILD_MEMORY = "384MB"
# The first half of the key of the advisory lock that keeps two gateways from building the same index.
_LOCK_CLASS = 4026


@dataclass(frozen=True)
class Gallery:
    """How many faces a collection holds, and whether they are indexed."""

    faces: int
    indexed: bool


async def gallery(session: AsyncSession, collection_pk: int) -> Gallery:
    """The size of a collection and the state of its index."""
    query = text(
        "SELECT (SELECT count(*) FROM faces WHERE collection_pk = :pk), "
        "coalesce((SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)), false)"
    )
    faces, indexed = (
        await session.execute(query, {"pk": collection_pk, "name": index_name(collection_pk)})
    ).one()
    return Gallery(faces, indexed)


async def build_index(url: str, collection_pk: int, dimensions: int) -> bool:
    """Build the index of a collection while others read and write; False when somebody else is at it.

    An index that a killed build left behind is invalid; it is dropped and built again.
    """
    name = index_name(collection_pk)
    engine = single_connection_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            lock = {"class": _LOCK_CLASS, "pk": collection_pk % 2**31}
            if not await connection.scalar(text("SELECT pg_try_advisory_lock(:class, :pk)"), lock):
                return False
            invalid = text("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
            if await connection.scalar(invalid, {"name": name}):
                await connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
            await connection.execute(text(f"SET maintenance_work_mem = '{_BUILD_MEMORY}'"))
            # Parallel workers would share the graph through /dev/shm, of which a container has 64 MB.
            await connection.execute(text("SET max_parallel_maintenance_workers = 0"))
            await connection.execute(
                text(
                    f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON faces "
                    f"USING hnsw (({indexed_expression(dimensions)}) halfvec_cosine_ops) "
                    f"WITH (m = {_M}, ef_construction = {_EF_CONSTRUCTION}) WHERE collection_pk = {collection_pk:d}"
                )
            )
            return True
    finally:
        await engine.dispose()


async def drop_index(session: AsyncSession, collection_pk: int) -> None:
    """Drop the index of a collection, if it has one."""
    await session.execute(text(f"DROP INDEX IF EXISTS {index_name(collection_pk)}"))


def index_name(collection_pk: int) -> str:
    """The name of the index of a collection."""
    return f"faces_hnsw_half_{collection_pk:d}"


def indexed_expression(dimensions: int) -> str:
    """What is indexed: embeddings of half precision (11 bits of each number), so that more of the graph stays in memory."""
    return f"embedding::halfvec({dimensions:d})"
