"""Identification 1:N: who of a gallery is on a picture, and is it sure enough to say so?"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.identity import Candidate, Decision, IdentifiedFace, IdentifyAnswer
from contracts.models import ModelDescription, ModelRef
from contracts.options import IdentifyOptions
from gateway.analysis.probes import Probes
from gateway.identities.calibration import (
    Calibration,
    calibration_of,
    needed_calibration,
    rate_per_comparison,
)
from gateway.identities.collections import check_model, collection_row
from gateway.identities.indexing import Gallery
from gateway.identities.quality import warnings
from gateway.identities.search import Hit, nearest_subjects
from gateway.identities.sizes import Sizes
from gateway.stores.replica import Reads
from web.stopwatch import Stopwatch

# `uncertain` is what would match at ten times the rate of false positives: worth a human's look, no more.
_UNCERTAIN_FACTOR = 10
_HIGHEST_RATE = 0.5


@dataclass(frozen=True)
class Thresholds:
    """The similarities from which on a face is a match, or worth a look."""

    match: float
    uncertain: float
    false_positive_rate: float | None

    def decide(self, similarity: float | None) -> Decision:
        """The decision for the best similarity; None in an empty gallery."""
        if similarity is None or similarity < self.uncertain:
            return "unknown"
        return "match" if similarity >= self.match else "uncertain"


def thresholds(options: IdentifyOptions, calibration: Calibration | None, faces: int) -> Thresholds:
    """The thresholds for a gallery of `faces`. Raises InvalidRequestError when they are neither given nor calibrated."""
    if options.threshold is not None:
        return Thresholds(options.threshold, options.threshold, None)
    known = needed_calibration(calibration)
    wide = min(_HIGHEST_RATE, options.false_positive_rate * _UNCERTAIN_FACTOR)
    return Thresholds(
        match=known.threshold(rate_per_comparison(options.false_positive_rate, faces)),
        uncertain=known.threshold(rate_per_comparison(wide, faces)),
        false_positive_rate=options.false_positive_rate,
    )


class Identification:
    """Searches collections."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._sizes = Sizes()

    async def identify(
        self,
        tenant: str,
        collection: str,
        probes: Probes,
        embedder: ModelDescription,
        options: IdentifyOptions,
    ) -> IdentifyAnswer:
        """Look up every face of a picture. Raises NotFoundError, ModelMismatchError, UnavailableError."""
        watch = Stopwatch()
        model = probes.model or embedder.narrowed(ModelRef)

        async def search(session: AsyncSession) -> tuple[Gallery, list[list[Hit]]]:
            row = await collection_row(session, tenant, collection)
            check_model(row, model)
            size = await self._sizes.of(session, row)
            return size, [
                await nearest_subjects(
                    session, row, face.embedding, options.top_k, faces=size.faces, indexed=size.indexed
                )
                for face in probes.faces
            ]

        size, hits = await self._reads.run(tenant, search)
        limits = thresholds(options, calibration_of(embedder), size.faces)
        calibration = calibration_of(embedder)
        faces = [
            IdentifiedFace(
                **face.shown(),
                decision=limits.decide(best[0].similarity if best else None),
                warnings=warnings(face.mask) if face.face else None,
                candidates=[candidate(hit, calibration) for hit in best],
            )
            for face, best in zip(probes.faces, hits, strict=True)
        ]
        return IdentifyAnswer(
            image=probes.image,
            faces=faces,
            threshold=limits.match,
            uncertain_threshold=limits.uncertain,
            false_positive_rate=limits.false_positive_rate,
            gallery=size.faces,
            search="index" if size.indexed else "exact",
            model=model,
            timings_ms=probes.timings_ms | {"search": watch.ms},
        )


def candidate(hit: Hit, calibration: Calibration | None) -> Candidate:
    """A found subject as the API shows it."""
    return Candidate(
        subject=hit.subject,
        name=hit.name,
        similarity=hit.similarity,
        face_id=hit.face_id,
        probability=calibration.probability(hit.similarity) if calibration else None,
    )
