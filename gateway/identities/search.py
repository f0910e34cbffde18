"""The subjects whose enrolled faces are nearest to an embedding: exactly, or by the collection's HNSW index."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.identities.tables import CollectionRow, SubjectRow
from gateway.vectors import Vector

# Faces that are fetched per wanted subject at first; subjects with more than that near faces cost another round.
_FACES_PER_SUBJECT = 4
_GROWTH = 4
# Candidates that the index looks at: recall grows with it, see docs/performance-identity.md. pgvector allows 1000.
_EF_SEARCH, _MOST_EF_SEARCH = 120, 1000


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

    More faces are fetched until they belong to `top_k` subjects: several faces of one subject take one place.
    """
    wanted = top_k * _FACES_PER_SUBJECT
    while True:
        rows = await _nearest_faces(session, collection, query, wanted, indexed=indexed)
        best = _best_per_subject(rows)
        if len(best) >= top_k or len(rows) < wanted or wanted >= faces:
            return await _named(session, best[:top_k])
        wanted *= _GROWTH
        # Beyond what the index can look at, only the exact search is complete.
        indexed = indexed and wanted <= _MOST_EF_SEARCH


async def _nearest_faces(
    session: AsyncSession, collection: CollectionRow, query: bytes, wanted: int, *, indexed: bool
) -> list[tuple[Any, int, float]]:
    distance = "embedding <=> :query"
    if indexed:
        # The expression and the condition of the partial index; literals, as a generic plan could not use it.
        distance = f"embedding::vector({collection.dimensions:d}) <=> :query"
        effort = min(_MOST_EF_SEARCH, max(_EF_SEARCH, wanted))
        await session.execute(
            text("SELECT set_config('hnsw.ef_search', :effort, true)"), {"effort": str(effort)}
        )
    statement = text(
        f"SELECT id, subject_pk, {distance} AS distance FROM faces "  # noqa: S608  # integers of our own
        f"WHERE collection_pk = {collection.pk:d} ORDER BY {distance} LIMIT :wanted"
    ).bindparams(bindparam("query", query, type_=Vector()), wanted=wanted)
    return [(row[0], row[1], row[2]) for row in await session.execute(statement)]


def _best_per_subject(rows: Iterable[tuple[Any, int, float]]) -> list[tuple[int, str, float]]:
    """(subject_pk, face id, similarity) by similarity; `rows` are ordered by distance."""
    best: dict[int, tuple[int, str, float]] = {}
    for face_id, subject_pk, distance in rows:
        best.setdefault(subject_pk, (subject_pk, str(face_id), 1 - distance))
    return list(best.values())


async def _named(session: AsyncSession, best: list[tuple[int, str, float]]) -> list[Hit]:
    query = select(SubjectRow.pk, SubjectRow.id, SubjectRow.name)
    found = await session.execute(query.where(SubjectRow.pk.in_([pk for pk, _, _ in best])))
    names = {pk: (subject, name) for pk, subject, name in found}
    return [
        Hit(*names[pk], face_id=face_id, similarity=similarity)
        for pk, face_id, similarity in best
        if pk in names
    ]
