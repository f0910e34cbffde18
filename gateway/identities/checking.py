"""Who of a collection should be looked at again: two subjects that look like one, and one that looks like two."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.collections import CollectionCheck, DoubtfulSubject, OddFace
from contracts.models import ModelDescription, ModelRef
from contracts.options import IdentifyOptions
from gateway.identities.calibration import calibration_of, needed_calibration
from gateway.identities.collections import check_model, collection_row
from gateway.identities.identification import candidate, thresholds
from gateway.identities.indexing import Gallery, gallery
from gateway.identities.search import Hit, nearest_subjects
from gateway.identities.slots import live_column, live_embedding
from gateway.stores.database import Database
from gateway.stores.tables import CollectionRow, FaceRow, SubjectRow

# Two pictures of one person hardly ever fall below what one pair of strangers in a hundred reaches.
_ODD_RATE = 0.01
# The subject itself takes one place.
_NEAREST = 6
# More pictures of one person would find the same others again.
_FACES_SEARCHED = 20


class Checking:
    """Looks through collections, a page of subjects at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        tenant: str,
        collection: str,
        embedder: ModelDescription,
        *,
        after: str,
        limit: int,
        false_positive_rate: float,
    ) -> CollectionCheck:
        """Look at `limit` subjects. Raises NotFoundError, ModelMismatchError, InvalidRequestError without calibration."""
        calibration = needed_calibration(calibration_of(embedder))
        odd = calibration.threshold(_ODD_RATE)
        async with self._database.transaction() as session:
            row = await collection_row(session, tenant, collection)
            check_model(row, embedder.narrowed(ModelRef))
            size = await gallery(session, row)
            options = IdentifyOptions(false_positive_rate=false_positive_rate)
            alike = thresholds(options, calibration, size.faces).match
            query = select(SubjectRow).where(SubjectRow.collection_pk == row.pk, SubjectRow.id > after)
            found = (await session.scalars(query.order_by(SubjectRow.id).limit(limit + 1))).all()
            subjects = found[:limit]
            odd_faces = await _odd_faces(session, row, subjects, odd)
            doubtful = []
            for subject in subjects:
                others = await _others(session, row, subject, size, alike)
                shown = [candidate(hit, calibration) for hit in others]
                if shown or odd_faces[subject.pk]:
                    entry = DoubtfulSubject(subject=subject.id, alike=shown, odd_faces=odd_faces[subject.pk])
                    doubtful.append(entry)
        return CollectionCheck(
            subjects=doubtful,
            checked=len(subjects),
            alike_threshold=alike,
            odd_threshold=odd,
            next=subjects[-1].id if len(found) > limit else None,
        )


async def _others(
    session: AsyncSession, row: CollectionRow, subject: SubjectRow, size: Gallery, alike: float
) -> list[Hit]:
    """The subjects after this one that look like it, most similar first."""
    query = select(FaceRow).where(FaceRow.subject_pk == subject.pk).order_by(FaceRow.id.desc())
    best: dict[str, Hit] = {}
    for face in (await session.scalars(query.limit(_FACES_SEARCHED))).all():
        embedding = live_embedding(row, face)
        if not embedding:
            continue
        hits = await nearest_subjects(
            session, row, embedding, _NEAREST, faces=size.faces, indexed=size.indexed
        )
        for hit in hits:
            known = best.get(hit.subject)
            if hit.subject > subject.id and hit.similarity >= alike:
                best[hit.subject] = hit if known is None else max(hit, known, key=_similarity)
    return sorted(best.values(), key=_similarity, reverse=True)


async def _odd_faces(
    session: AsyncSession, row: CollectionRow, subjects: Sequence[SubjectRow], odd: float
) -> dict[int, list[OddFace]]:
    """By subject: the faces whose nearest other face of the same subject is further away than `odd`."""
    column = live_column(row)
    statement = text(
        f"SELECT one.subject_pk, one.id, max(1 - (one.{column} <=> other.{column})) AS similarity "  # noqa: S608  # a name of our own
        "FROM faces AS one JOIN faces AS other ON other.subject_pk = one.subject_pk AND other.id <> one.id "
        f"WHERE one.subject_pk = ANY(:subjects) AND one.{column} IS NOT NULL AND other.{column} IS NOT NULL "
        f"GROUP BY one.subject_pk, one.id HAVING max(1 - (one.{column} <=> other.{column})) < :odd ORDER BY one.id"
    )
    given = {"subjects": [subject.pk for subject in subjects], "odd": odd}
    found: dict[int, list[OddFace]] = defaultdict(list)
    for subject_pk, face_id, similarity in await session.execute(statement, given):
        found[subject_pk].append(OddFace(face_id=str(face_id), similarity=similarity))
    return found


def _similarity(hit: Hit) -> float:
    return hit.similarity
