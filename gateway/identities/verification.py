"""Verification 1:1: do two faces belong to one person, at a stated rate of false matches?"""

from collections.abc import Mapping

from contracts.identity import VerifiedFace, VerifyAnswer
from contracts.models import ModelDescription, ModelRef
from contracts.options import VerifyOptions
from gateway.analysis.cache import FoundFace
from gateway.analysis.embedding import EmbeddedPicture
from gateway.identities.calibration import (
    Calibration,
    calibration_of,
    cosine_of,
    euclidean,
    needed_calibration,
)
from gateway.identities.quality import warnings
from gateway.stores.vectors import cosine


def verify(
    pictures: tuple[EmbeddedPicture, EmbeddedPicture],
    faces: tuple[FoundFace, FoundFace],
    embedder: ModelDescription,
    options: VerifyOptions,
    timings_ms: Mapping[str, float],
) -> VerifyAnswer:
    """Compare two faces. Raises InvalidRequestError when neither a threshold nor a calibration is there."""
    similarity = cosine(faces[0].embedding, faces[1].embedding)
    calibration = calibration_of(embedder)
    lowest = _lowest_cosine(options, calibration)
    as_cosine = options.metric == "cosine"
    shown = [
        VerifiedFace(**face.face.model_dump(), image=picture.found.image, warnings=warnings(face))
        for face, picture in zip(faces, pictures, strict=True)
    ]
    return VerifyAnswer(
        verified=similarity >= lowest,
        similarity=similarity,
        distance=1 - similarity if as_cosine else euclidean(similarity),
        threshold=lowest if as_cosine else euclidean(lowest),
        metric=options.metric,
        false_match_rate=_rate(options, calibration, lowest),
        probability=calibration.probability(similarity) if calibration else None,
        faces=shown,
        model=embedder.narrowed(ModelRef),
        timings_ms=dict(timings_ms),
    )


def _lowest_cosine(options: VerifyOptions, calibration: Calibration | None) -> float:
    if options.threshold is None:
        return needed_calibration(calibration).threshold(options.false_match_rate)
    return options.threshold if options.metric == "cosine" else cosine_of(options.threshold)


def _rate(options: VerifyOptions, calibration: Calibration | None, lowest: float) -> float | None:
    if options.threshold is None:
        return options.false_match_rate
    return calibration.rate(lowest) if calibration else None
