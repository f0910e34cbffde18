"""The subjects whose enrolled faces are nearest to an embedding: exactly, or by the collection's HNSW index."""

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import Counter
from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.identities.indexing import indexed_expression
from gateway.identities.slots import live_column
from gateway.stores.tables import CollectionRow
from gateway.stores.vectors import Vector

# Faces that are fetched per wanted subject at first; subjects with more than that near faces cost another round.
_FACES_PER_SUBJECT = 4
_GROWTH = 4
# Hundreds of nearly equal faces of one person are an island in the index's graph that a search may not leave: until it
# has seen this many people it is not taken to have found the nearest.
_FEWEST_SUBJECTS = 5
# Candidates that the index looks at: recall grows with it, see docs/performance-identity.md. pgvector allows 1000.
_EF_SEARCH, _MOST_EF_SEARCH = 120, 1000
# Erased faces stay in the index until the next vacuum. The index goes on past them, in order of distance, until it has
# seen so many faces; when that is not enough the exact search answers, which a gallery of a million does in a second.
_MOST_VISITED = 20_000

FALLBACKS = Counter(
    "hexaface_search_fallbacks_total", "Searches that an index left incomplete, made again exactly"
)


@dataclass(frozen=True)
class Hit:
    """A subject and its best face."""

    subject: str
    name: str | None
    face_id: str
    similarity: float


async def nearest_subjects(
    session: AsyncSession, collection: CollectionRow, query: bytes, top_k: int, *, faces: int, indexed: bool
) -> list[Hit]:
    """The `top_k` subjects by their best face, best first. `query` is float32 little-endian; `faces` the gallery's size.

    More faces are fetched until they belong to `top_k` subjects: several faces of one subject take one place. What the
    index leaves out is never taken for all there is: when it finds fewer faces than asked for, the exact search decides.
    """
    wanted = max(top_k, _FEWEST_SUBJECTS) * _FACES_PER_SUBJECT
    while True:
        hits = await nearest_faces(session, collection, query, wanted, indexed=indexed)
        best = _best_per_subject(hits)
        if len(best) >= max(top_k, _FEWEST_SUBJECTS) or len(hits) < wanted or wanted >= faces:
            return best[:top_k]
        wanted *= _GROWTH
        # Beyond what the index can look at, only the exact search is complete.
        indexed = indexed and wanted <= _MOST_EF_SEARCH


async def nearest_faces(
    session: AsyncSession, collection: CollectionRow, query: bytes, wanted: int, *, indexed: bool
) -> list[Hit]:
    """The `wanted` nearest faces of the whole gallery, best first; exactly when the index finds fewer."""
    hits = await _nearest_faces(session, collection, query, wanted, indexed=indexed)
    if indexed and len(hits) < wanted:
        FALLBACKS.inc()
        hits = await _nearest_faces(session, collection, query, wanted, indexed=False)
    return hits


async def _nearest_faces(
    session: AsyncSession, collection: CollectionRow, query: bytes, wanted: int, *, indexed: bool
) -> list[Hit]:
    """The `wanted` nearest faces, nearest first; found by index, they are held against the query at full precision."""
    column = live_column(collection)
    order = f"{column} <=> :query"
    if indexed:
        # The expression and the condition of the partial index; literals, as a generic plan could not use it.
        dimensions = int(collection.dimensions)
        order = f"{indexed_expression(dimensions, collection.slot)} <=> CAST(:query AS vector)::halfvec({dimensions})"
        await _look_at(session, max(_EF_SEARCH, wanted))
    statement = text(
        f"WITH nearest AS MATERIALIZED (SELECT id, subject_pk, {column} AS embedding FROM faces "  # noqa: S608  # numbers of our own
        f"WHERE collection_pk = {collection.pk:d} AND {column} IS NOT NULL ORDER BY {order} LIMIT :wanted) "
        "SELECT subjects.id, subjects.name, nearest.id, 1 - (embedding <=> :query) AS similarity "
        "FROM nearest JOIN subjects ON subjects.pk = subject_pk ORDER BY similarity DESC, nearest.id"
    ).bindparams(bindparam("query", query, type_=Vector()), wanted=wanted)
    return [Hit(row[0], row[1], str(row[2]), row[3]) for row in await session.execute(statement)]


async def _look_at(session: AsyncSession, candidates: int) -> None:
    """Let this transaction's searches by index look at so many candidates."""
    statement = text(
        "SELECT set_config('hnsw.ef_search', :effort, true), set_config('hnsw.max_scan_tuples', :most, true), "
        "set_config('hnsw.iterative_scan', 'strict_order', true)"
    )
    effort = {"effort": str(min(_MOST_EF_SEARCH, candidates)), "most": str(_MOST_VISITED)}
    await session.execute(statement, effort)


def _best_per_subject(hits: Iterable[Hit]) -> list[Hit]:
    """The first, which is the best, of each subject."""
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.subject, hit)
    return list(best.values())
