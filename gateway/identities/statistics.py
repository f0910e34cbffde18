"""What a collection holds, in numbers."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.collections import CollectionStatistics
from gateway.identities.collections import collection_row, model_of
from gateway.identities.indexing import gallery, index_name
from gateway.stores.database import Database
from gateway.stores.tables import CollectionRow

_FACES = text("""
    SELECT count(*) FILTER (WHERE cardinality(warnings) > 0) AS flagged_faces,
        coalesce(sum(pg_column_size(faces.*)), 0)::bigint AS bytes, max(created_at) AS last_enrolled_at
    FROM faces WHERE collection_pk = :pk
""")
_SUBJECTS = text("""
    SELECT count(*) AS subjects, count(*) FILTER (WHERE faces = 0) AS subjects_without_faces,
        coalesce(max(faces), 0) AS most_faces
    FROM (
        SELECT count(faces.id) AS faces FROM subjects LEFT JOIN faces ON subject_pk = subjects.pk
        WHERE subjects.collection_pk = :pk GROUP BY subjects.pk
    ) AS counted
""")
_INDEX = text("SELECT coalesce(pg_relation_size(to_regclass(:name)), 0) AS index_bytes")


class Statistics:
    """Counts collections. Raises NotFoundError and UnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, tenant: str, collection: str) -> CollectionStatistics:
        """A collection in numbers."""
        async with self._database.transaction() as session:
            row = await collection_row(session, tenant, collection)
            return await _counted(session, row)


async def _counted(session: AsyncSession, row: CollectionRow) -> CollectionStatistics:
    size = await gallery(session, row)
    faces = (await session.execute(_FACES, {"pk": row.pk})).mappings().one()
    subjects = (await session.execute(_SUBJECTS, {"pk": row.pk})).mappings().one()
    index = (await session.execute(_INDEX, {"name": index_name(row.pk, row.slot)})).mappings().one()
    return CollectionStatistics(
        id=row.id,
        faces=size.faces,
        search="index" if size.indexed else "exact",
        model=model_of(row),
        dimensions=row.dimensions,
        created_at=row.created_at,
        **faces,
        **subjects,
        **index,
    )
