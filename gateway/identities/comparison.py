"""One face against all faces of other pictures: which of them are of the same person, at a stated rate of false matches?"""

from collections.abc import Sequence

from contracts.comparison import CompareAnswer, ComparedFace, ComparedPicture, CompareOptions
from contracts.faces import ImageSize
from contracts.identity import VerifiedFace
from contracts.models import ModelDescription, ModelRef
from contracts.problems import Problem
from gateway.analysis.cache import FoundFace, FoundFaces
from gateway.analysis.probes import Probe
from gateway.identities.calibration import Calibration, calibration_of, lowest_match
from gateway.stores.vectors import cosine


def compare(
    probe: Probe,
    image: ImageSize | None,
    others: Sequence[FoundFaces | Problem],
    embedder: ModelDescription,
    options: CompareOptions,
    total_ms: float,
) -> CompareAnswer:
    """Compare a face, found on a picture of size `image`, with those of others. Raises InvalidRequestError."""
    calibration = calibration_of(embedder)
    lowest, rate = lowest_match(options.threshold, options.false_match_rate, calibration)
    results = [
        ComparedPicture(index=i, problem=other)
        if isinstance(other, Problem)
        else ComparedPicture(
            index=i,
            image=other.image,
            faces=[_compared(probe, face, lowest, calibration) for face in other.faces],
        )
        for i, other in enumerate(others)
    ]
    return CompareAnswer(
        face=VerifiedFace(**probe.shown(), image=image),
        results=results,
        threshold=lowest,
        false_match_rate=rate,
        model=embedder.narrowed(ModelRef),
        timings_ms={"total": total_ms},
    )


def _compared(probe: Probe, found: FoundFace, lowest: float, calibration: Calibration | None) -> ComparedFace:
    similarity = cosine(probe.embedding, found.embedding)
    return ComparedFace(
        **found.face.model_dump(),
        similarity=similarity,
        probability=calibration.probability(similarity) if calibration else None,
        match=similarity >= lowest,
    )
