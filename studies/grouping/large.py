"""Group more faces than any data set here has: made-up people, spread as real ones are. `python -m studies.grouping.large`

Prints the table of docs/group.md: every two compared beside the index, each run in a process of its own.
"""

import multiprocessing
import resource
import sys
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.manifest import read
from export.publish import MODELS
from hexaface.embedded.calibrated import calibrated
from hexaface.grouping.clustering import clusters
from hexaface.grouping.grouping import rate_for
from hexaface.grouping.neighbours import EXACT, Embeddings
from studies.grouping.faces import labelled
from studies.grouping.measures import Agreement, agreement
from web.logs import configure_logs

_RUNS = ((20_000, True), (20_000, False), (EXACT, True), (EXACT, False), (100_000, False), (200_000, False))


@dataclass(frozen=True)
class Found:
    """What a grouping took and gave."""

    faces: int
    people: int
    threshold: float
    false_matches: float
    """The share of pairs of different people that reach the threshold, of a million."""
    seconds: float
    """Of processor time, all cores together."""
    mebibytes: float
    agreement: Agreement


def main() -> None:
    """Print a line per run."""
    heads = [
        *("faces", "people", "neighbours", "threshold", "strangers' pairs above it", "CPU seconds", "MiB"),
        *("B-cubed: precision", "recall", "F", "groups"),
    ]
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for count, exact in _RUNS if len(sys.argv) < 2 else ((int(sys.argv[1]), "exact" in sys.argv),):  # noqa: PLR2004
        with multiprocessing.get_context("spawn").Pool(1) as alone:
            found = alone.apply(grouped, (count, exact))
        how, measured = "every two" if exact else "index", found.agreement
        values = (measured.bcubed_precision, measured.bcubed_recall, measured.bcubed_f)
        print(
            f"| {found.faces:,} | {found.people:,} | {how} | {found.threshold:.3f} | {found.false_matches:.1e} "
            f"| {found.seconds:.0f} | {found.mebibytes:,.0f} | {' | '.join(f'{v:.3f}' for v in values)} | {measured.groups:,} |",
            flush=True,
        )


def grouped(count: int, exact: bool) -> Found:
    """Make the faces and group them."""
    configure_logs("WARNING", "console")
    calibration = calibrated(read(MODELS)["embedder"]["sha256"])
    if calibration is None:
        raise SystemExit("the embedder carries no calibration")
    people, embeddings = crowd(count, np.random.default_rng(0))
    threshold = calibration.threshold(rate_for(count))
    started = time.process_time()
    labels = clusters(embeddings, threshold, exact=count if exact else 0)
    seconds = time.process_time() - started
    mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = _false_matches(people, embeddings, threshold)
    measured = agreement(people, labels)
    return Found(count, len(set(people.tolist())), threshold, rate, seconds, mebibytes, measured)


def crowd(count: int, random: np.random.Generator) -> tuple[NDArray[np.int64], Embeddings]:
    """So many faces: who each is, and its embedding.

    People's directions are drawn from a normal distribution with the mean and covariance of LFW's; each has as many
    pictures as some real person, which lie about their direction as that one's do.
    """
    sets = [labelled(name) for name in ("LFW train", "LFW dev")]
    real = np.concatenate([some.embeddings for some in sets])
    _, owner = np.unique(np.concatenate([some.people for some in sets]), return_inverse=True)
    shots = np.split(np.argsort(owner, kind="stable"), np.cumsum(np.bincount(owner))[:-1])
    means = np.stack([real[places].mean(0) for places in shots])
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    directions = means / lengths
    people, parts, used = list[NDArray[np.int64]](), list[Embeddings](), 0
    spread = np.linalg.cholesky(np.cov(directions.T) + 1e-9 * np.eye(means.shape[1]))
    while used < count:
        model = int(random.integers(len(shots)))
        direction = directions.mean(0) + spread @ random.normal(size=means.shape[1])
        centre = direction / np.linalg.norm(direction) * lengths[model]
        faces = (centre + real[shots[model]] - means[model]).astype(np.float32)
        people.append(np.full(len(faces), len(people)))
        parts.append(faces / np.linalg.norm(faces, axis=1, keepdims=True))
        used += len(faces)
    order = random.permutation(used)[:count]
    return np.concatenate(people)[order], np.concatenate(parts)[order]


def _false_matches(people: NDArray[np.int64], embeddings: Embeddings, threshold: float) -> float:
    """Judged by 1,000 faces against all."""
    strangers = people[:1000, None] != people
    above = embeddings[:1000] @ embeddings.T >= threshold
    return float((above & strangers).sum() / strangers.sum())


if __name__ == "__main__":
    main()
