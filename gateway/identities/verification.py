"""Verification 1:1: do two faces belong to one person, at a stated rate of false matches?"""

from collections.abc import Mapping

from contracts.faces import ImageSize
from contracts.identity import VerifiedFace, VerifyAnswer
from contracts.models import ModelDescription, ModelRef
from contracts.options import VerifyOptions
from gateway.analysis.probes import Probe
from gateway.identities.calibration import (
    calibration_of,
    cosine_of,
    euclidean,
    lowest_match,
)
from gateway.identities.quality import warnings
from gateway.stores.vectors import cosine


def verify(
    images: tuple[ImageSize | None, ImageSize | None],
    faces: tuple[Probe, Probe],
    embedder: ModelDescription,
    options: VerifyOptions,
    timings_ms: Mapping[str, float],
) -> VerifyAnswer:
    """Compare two faces. Raises InvalidRequestError when neither a threshold nor a calibration is there."""
    similarity = cosine(faces[0].embedding, faces[1].embedding)
    calibration = calibration_of(embedder)
    as_cosine = options.metric == "cosine"
    given = options.threshold if as_cosine or options.threshold is None else cosine_of(options.threshold)
    lowest, rate = lowest_match(given, options.false_match_rate, calibration)
    shown = [
        VerifiedFace(**face.shown(), image=image, warnings=warnings(face.mask) if face.face else None)
        for face, image in zip(faces, images, strict=True)
    ]
    return VerifyAnswer(
        verified=similarity >= lowest,
        similarity=similarity,
        distance=1 - similarity if as_cosine else euclidean(similarity),
        threshold=lowest if as_cosine else euclidean(lowest),
        metric=options.metric,
        false_match_rate=rate,
        probability=calibration.probability(similarity) if calibration else None,
        faces=shown,
        model=embedder.narrowed(ModelRef),
        timings_ms=dict(timings_ms),
    )
