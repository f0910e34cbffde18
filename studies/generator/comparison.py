"""Judge a generator against held-out real faces: share found, Frechet distances, and whether it copies its training set."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.answers import answer
from export.faces import detect_all
from export.generator.evaluation import draw
from export.onnx_tools.sessions import Session
from export.publish import MODELS
from export.recipe import Evaluation
from export.statistics import Share
from services.embedder.model import EmbedderModel
from studies.generator.realism import Seen, fixed_features, frechet, look, nearest

COPY_SAMPLES = 16
CANDIDATES = 50  # a copy is near in pixels first of all; embedding all 12,000 would take minutes
Pictures = NDArray[np.uint8]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Nearest:
    """The training face closest to a picture, by two measures of closeness."""

    pixel: float
    """Root mean squared difference in grey levels of the 64-pixel pictures."""
    cosine: float
    """Largest cosine similarity of the embeddings, among the `CANDIDATES` nearest by pixels."""


@dataclass(frozen=True)
class Distances:
    """Frechet distances of one set of pictures to the held-out real faces."""

    found: Share
    embedding: float
    """In the served embedder's space of unit vectors."""
    fixed: float
    """In the space of hand-made features, see `realism.fixed_features`."""


class Judge:
    """Held-out real faces, seen by the product at the generator's resolution."""

    def __init__(self, real: Pictures) -> None:
        """`real`: uint8 (n, 64, 64, 3), such as `faces.read_faces("dev").faces`."""
        self._embedder = Session(MODELS / "embedder.onnx")
        self.count = len(real)
        self._real = look(real, detect_all)
        self._real_embeddings = self.embed(self._real.chips)

    def embed(self, chips: Pictures) -> Floats:
        """Unit embeddings float64 (n, d)."""
        return np.asarray(answer(self._embedder, EmbedderModel, chips)["embedding"], np.float64)

    def distances(self, drawn: Pictures) -> Distances:
        """Of drawn pictures uint8 (n, 64, 64, 3); only those with a face are compared."""
        seen: Seen = look(drawn, detect_all)
        return Distances(
            Share.of(int(seen.found.sum()), len(seen.found)),
            frechet(self.embed(seen.chips), self._real_embeddings),
            frechet(fixed_features(seen.chips), fixed_features(self._real.chips)),
        )

    def copies(self, drawn: Pictures, training: Pictures) -> list[Nearest]:
        """The nearest training faces of the first `COPY_SAMPLES` drawn pictures in which a face is found."""
        first = drawn[: 4 * COPY_SAMPLES]
        seen = look(first, detect_all)
        places = np.flatnonzero(seen.found)[:COPY_SAMPLES]
        embeddings = self.embed(seen.chips[:COPY_SAMPLES])
        return [
            self._nearest(first[place], own, training) for place, own in zip(places, embeddings, strict=True)
        ]

    def _nearest(self, picture: Pictures, embedding: Floats, training: Pictures) -> Nearest:
        distances, places = nearest(picture, training, CANDIDATES)
        candidates = look(training[places], detect_all)
        return Nearest(float(distances[0]), float((self.embed(candidates.chips) @ embedding).max()))


def evaluation(session: Session, real: Pictures, training: Callable[[], Pictures]) -> Evaluation:
    """The generator's metrics and tables, from as many samples as there are real faces."""
    judge = Judge(real)
    drawn = draw(session, judge.count)
    measured = judge.distances(drawn)
    faces = training()
    # Real faces that nobody was trained on lie this near to the training set by chance.
    unseen, copies = judge.copies(real, faces), judge.copies(drawn, faces)
    metrics = {
        "faces_found": round(measured.found.value, 4),
        "frechet_embedding": round(measured.embedding, 4),
        "frechet_fixed": round(measured.fixed, 4),
        "samples": judge.count,
    }
    found = f"A face was found in {measured.found} of {judge.count} samples (95 % interval).\n\n"
    return Evaluation(metrics, found + table(copies, unseen))


def table(copies: list[Nearest], unseen: list[Nearest]) -> str:
    """Nearest training faces of drawn and, for comparison, of unseen real faces, as Markdown."""
    lines = [
        "Nearest of the training faces (pixel distance: root mean square in grey levels, mirror images included; cosine:",
        f"largest of the served embedder among the {CANDIDATES} nearest), for drawn faces and, as the yardstick, for real faces that were not trained on:",
        "",
        "| sample | drawn: pixel distance | drawn: cosine | unseen real: pixel distance | unseen real: cosine |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {index + 1} | {a.pixel:.1f} | {a.cosine:.3f} | {b.pixel:.1f} | {b.cosine:.3f} |"
        for index, (a, b) in enumerate(zip(copies, unseen, strict=True))
    ]
    means = [
        np.mean([getattr(one, name) for one in group])
        for group in (copies, unseen)
        for name in ("pixel", "cosine")
    ]
    lines.append(f"| mean | {means[0]:.1f} | {means[1]:.3f} | {means[2]:.1f} | {means[3]:.3f} |")
    return "\n".join(lines)
