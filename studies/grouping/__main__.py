"""Print the tables of docs/group.md: `.venv-export/bin/python -m studies.grouping`.

The first time it embeds LFW and ORL by our network and by dlib's: a quarter of an hour.
"""

from collections.abc import Callable, Mapping

import numpy as np

from export.manifest import read
from export.publish import MODELS
from gateway.identities.calibration import Calibration
from gateway.settings.identities import IdentitySettings
from hexaface.embedded.calibrated import calibrated
from hexaface.grouping.clustering import Labels, clusters
from hexaface.grouping.grouping import rate_for
from hexaface.grouping.neighbours import Embeddings
from studies.grouping.descriptors import described
from studies.grouping.faces import Labelled, labelled
from studies.grouping.measures import Agreement, agreement
from studies.grouping.others import (
    DLIB_DISTANCE,
    IMMICH_DISTANCE,
    TOLERANCE,
    alike,
    chinese_whispers,
    cosine_of,
    immich,
    near,
)
from web.logs import configure_logs

Way = Callable[[Embeddings, float], Labels]

WAYS: Mapping[str, Way] = {
    "hexaface group: average linkage": clusters,
    "dlib and face_recognition: chinese whispers": lambda embeddings, threshold: chinese_whispers(
        alike(embeddings, threshold)
    ),
    "Immich: nearest person, three faces make one": immich,
    "Immich, two faces make one": lambda embeddings, threshold: immich(embeddings, threshold, faces=2),
}
PUBLISHED = {
    "dlib and face_recognition: chinese whispers": (cosine_of(DLIB_DISTANCE), cosine_of(TOLERANCE)),
    "Immich: nearest person, three faces make one": (1 - IMMICH_DISTANCE,),
}
_SIZES = (150, 500, 1_500, 10_000)
_DRAWS = 4


def main() -> None:
    """Choose on LFW train, report on the others."""
    configure_logs("WARNING", "console")
    calibration = calibrated(read(MODELS)["embedder"]["sha256"])
    if calibration is None:
        raise SystemExit("the embedder carries no calibration")
    train = labelled("LFW train")
    _sizes(train, calibration)
    chosen = {name: _best(train, way) for name, way in WAYS.items()}
    for name in ("LFW dev", "ORL"):
        _report(name, labelled(name), chosen, calibration)


def _sizes(train: Labelled, calibration: Calibration) -> None:
    """Which rate is best for how many faces: people of LFW train drawn at random."""
    print(
        "| LFW train: faces | best threshold | its false match rate | rule | B-cubed F, best | by the rule |"
    )
    print("|---|---|---|---|---|---|")
    names, random = np.unique(train.people), np.random.default_rng(0)
    for size in _SIZES:
        draws = []
        for _ in range(_DRAWS):
            order = random.permutation(names)
            counts = np.cumsum([int((train.people == name).sum()) for name in order])
            draws.append(train.chosen(np.isin(train.people, order[: int(np.searchsorted(counts, size)) + 1])))
        faces = round(float(np.mean([len(draw.people) for draw in draws])))
        scores = {t: _mean_f(draws, t) for t in _thresholds()}
        best = max(scores, key=lambda t: scores[t])
        rule = calibration.threshold(rate_for(faces))
        print(
            f"| {faces:,} | {best:.2f} | {calibration.rate(best):.1e} | {rate_for(faces):.1e} ({rule:.3f}) "
            f"| {scores[best]:.4f} | {_mean_f(draws, rule):.4f} |",
            flush=True,
        )


def _mean_f(draws: list[Labelled], threshold: float) -> float:
    return float(np.mean([agreement(d.people, clusters(d.embeddings, threshold)).bcubed_f for d in draws]))


def _thresholds() -> list[float]:
    return [round(0.40 + 0.02 * step, 2) for step in range(16)]


def _best(train: Labelled, way: Way) -> float:
    """The threshold with the highest B-cubed F."""
    scores = {t: agreement(train.people, way(train.embeddings, t)).bcubed_f for t in _thresholds()}
    return max(scores, key=lambda t: scores[t])


def _report(name: str, faces: Labelled, chosen: Mapping[str, float], calibration: Calibration) -> None:
    print(f"\n**{name}**: {len(faces.people):,} faces of {len(set(faces.people)):,} people\n")
    print(
        "| way | threshold (cosine) | pairs: precision | recall | F | B-cubed: precision | recall | F | groups |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    rule = calibration.threshold(rate_for(len(faces.people)))
    _line("**hexaface group, as it comes**", f"{rule:.3f}, by the number of faces", faces, clusters, rule)
    for way, thresholds in PUBLISHED.items():
        for threshold in thresholds:
            _line(way, f"{threshold:.3f}, as published", faces, WAYS[way], threshold)
    for way, threshold in chosen.items():
        _line(way, f"{threshold:.3f}, best on LFW train", faces, WAYS[way], threshold)
    _dlib(name)
    fit = faces.chosen(passes(faces, IdentitySettings()))
    _line(f"hexaface group, the {len(fit.people):,} faces that are fit", f"{rule:.3f}", fit, clusters, rule)


def _dlib(name: str) -> None:
    """face_recognition as it is: dlib's own network and distances."""
    people, descriptors = described(name)
    for distance in (DLIB_DISTANCE, TOLERANCE):
        found = agreement(people, chinese_whispers(near(descriptors, distance)))
        _print("the same with dlib's own network", f"distance {distance}, as published", found)


def passes(faces: Labelled, limits: IdentitySettings) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which faces pass what the study has of the quality floor: score, sharpness and size."""
    return (
        (faces.scores >= limits.min_enrol_score)
        & (faces.sharpness >= limits.min_sharpness)
        & (faces.sides >= limits.min_face_size)
    )


def _line(way: str, threshold: str, faces: Labelled, group: Way, at: float) -> None:
    _print(way, threshold, agreement(faces.people, group(faces.embeddings, at)))


def _print(way: str, threshold: str, found: Agreement) -> None:
    pairs = found.pair_precision, found.pair_recall, found.pair_f
    values = *pairs, found.bcubed_precision, found.bcubed_recall, found.bcubed_f
    print(
        f"| {way} | {threshold} | {' | '.join(f'{v:.3f}' for v in values)} | {found.groups:,} |", flush=True
    )


if __name__ == "__main__":
    main()
