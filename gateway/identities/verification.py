"""Verification 1:1: do two faces belong to one person, at a stated rate of false matches?"""

from collections.abc import Mapping

from contracts.identity import VerifiedFace, VerifyAnswer
from contracts.models import ModelDescription, ModelRef
from contracts.options import VerifyOptions
from contracts.problems import FieldError
from gateway.analysis.cache import EmbeddedFace
from gateway.analysis.embedding import Recognized
from gateway.identities.calibration import Calibration, cosine_of, euclidean
from gateway.stores.vectors import cosine
from web.problems import InvalidRequestError


def verify(
    pictures: tuple[Recognized, Recognized],
    faces: tuple[EmbeddedFace, EmbeddedFace],
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
        VerifiedFace(**face.face.model_dump(), image=picture.found.image)
        for face, picture in zip(faces, pictures, strict=True)
    ]
    return VerifyAnswer(
        verified=similarity >= lowest,
        similarity=similarity,
        distance=1 - similarity if as_cosine else euclidean(similarity),
        threshold=lowest if as_cosine else euclidean(lowest),
        metric=options.metric,
        false_match_rate=_rate(options, calibration, lowest),
        probability=calibration and calibration.probability(similarity),
        faces=shown,
        model=ModelRef(name=embedder.name, version=embedder.version, digest=embedder.digest),
        timings_ms=dict(timings_ms),
    )


def calibration_of(embedder: ModelDescription) -> Calibration | None:
    """The calibration that the embedder carries in its metadata."""
    return Calibration.from_metadata(embedder.calibration)


def needed_calibration(calibration: Calibration | None) -> Calibration:
    """The calibration. Raises InvalidRequestError when the model has none: then the caller must name a threshold."""
    if calibration is None:
        raise InvalidRequestError(
            "the embedder carries no calibration; name a threshold",
            errors=[FieldError(field="threshold", reason="is needed for a model without calibration")],
        )
    return calibration


def _lowest_cosine(options: VerifyOptions, calibration: Calibration | None) -> float:
    if options.threshold is None:
        return needed_calibration(calibration).threshold(options.false_match_rate)
    return options.threshold if options.metric == "cosine" else cosine_of(options.threshold)


def _rate(options: VerifyOptions, calibration: Calibration | None, lowest: float) -> float | None:
    if options.threshold is None:
        return options.false_match_rate
    return calibration.rate(lowest) if calibration else None
