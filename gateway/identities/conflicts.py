"""Before a face is enrolled: is it there already, and does it look like somebody else?"""

from dataclasses import dataclass

from sqlalchemy import exists, select

from contracts.identity import Candidate, EnrolWarning, OnConflict
from contracts.options import IdentifyOptions
from contracts.problems import FieldError
from gateway.analysis.cache import FoundFace
from gateway.identities.calibration import calibration_of
from gateway.identities.identification import candidate, thresholds
from gateway.identities.search import nearest_subjects
from gateway.identities.sizes import Sizes
from gateway.stores.database import Database
from gateway.stores.tables import CollectionRow, FaceRow, SubjectRow
from gateway.upstreams.embedders import Embedders
from web.problems import ConflictError, InvalidRequestError

# The subject itself takes one place.
_NEAREST = 4


class OtherSubjectError(ConflictError):
    """The face matches another subject of the collection."""

    type, title = "other-subject", "The face matches another subject"
    remedy = "Enrol it under the subject that `errors` names, or send `on_conflict=flag` or `allow` if they are two people."


@dataclass(frozen=True)
class Doubts:
    """What speaks against a face: it was enrolled before, or it matches these other subjects."""

    duplicate: bool
    others: list[Candidate]

    def warnings(self) -> list[EnrolWarning]:
        """The doubts by name."""
        found: list[EnrolWarning] = ["duplicate-picture"] if self.duplicate else []
        return [*found, "other-subject"] if self.others else found


class Conflicts:
    """Holds new faces against those that are there."""

    def __init__(self, database: Database, embedders: Embedders) -> None:
        self._database = database
        self._embedders = embedders
        self._sizes = Sizes()

    async def doubts(
        self,
        row: CollectionRow,
        embedder: str,
        subject: str,
        face: FoundFace,
        digest: bytes,
        wanted: OnConflict,
    ) -> Doubts:
        """What speaks against enrolling a face of a picture (by its digest) under a subject.

        Raises OtherSubjectError when the face matches another subject and that is to be refused; InvalidRequestError when
        that is asked for and the model has no calibration to tell.
        """
        owner = select(SubjectRow.pk).where(SubjectRow.collection_pk == row.pk, SubjectRow.id == subject)
        same = exists().where(FaceRow.subject_pk.in_(owner), FaceRow.image_sha256 == digest)
        async with self._database.transaction() as session:
            duplicate = bool(await session.scalar(select(same)))
        others = [] if wanted == "allow" else await self._others(row, embedder, subject, face, wanted)
        if others and wanted == "reject":
            reasons = [
                f"matches subject {other.subject!r}, similarity {other.similarity:.2f}" for other in others
            ]
            raise OtherSubjectError(
                f"the face {reasons[0]}",
                errors=[FieldError(field="image", reason=reason) for reason in reasons],
            )
        return Doubts(duplicate, others)

    async def _others(
        self, row: CollectionRow, embedder: str, subject: str, face: FoundFace, wanted: OnConflict
    ) -> list[Candidate]:
        """The other subjects at or beyond identification's match threshold, most similar first."""
        calibration = calibration_of(await self._embedders.model(embedder))
        if calibration is None and wanted == "reject":
            raise InvalidRequestError(
                "the embedder carries no calibration that could tell a conflict",
                errors=[FieldError(field="on_conflict", reason="reject needs a calibrated model")],
            )
        if calibration is None:
            return []
        async with self._database.transaction() as session:
            size = await self._sizes.of(session, row)
            hits = await nearest_subjects(
                session, row, face.embedding, _NEAREST, faces=size.faces, indexed=size.indexed
            )
        match = thresholds(IdentifyOptions(), calibration, size.faces).match
        return [
            candidate(hit, calibration) for hit in hits if hit.subject != subject and hit.similarity >= match
        ]
