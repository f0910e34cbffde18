"""Candidate faces as every detector's graph gives them, and the removal of those that overlap."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.batching import Item

# Intersection over union from which on two candidates mean the same face.
_AGREE = 0.5


@dataclass(frozen=True)
class Support:
    """A real face is seen by several cells, and in several passes; a false alarm often by one alone."""

    weight: float
    """How much the agreement counts beside the candidate's own score."""
    full: float
    """The sum of agreeing scores, its own among them, that counts in full."""

    def of(self, passes: int) -> "Support":
        """What as many passes over the same pixels must agree on."""
        return Support(self.weight, self.full * passes)

    def score(self, own: float, agreed: float) -> float:
        """The score of a face from its best candidate's and the sum of all that agree."""
        return (1 - self.weight) * own + self.weight * min(1.0, agreed / self.full)


@dataclass(frozen=True)
class Candidates:
    """Candidate faces, best first: `scores` (n,), `boxes` (n, 4) as x0, y0, x1, y1, `landmarks` (n, 5, 2).

    Landmarks are in the order of the chip's template: image-left eye, image-right eye, nose, mouth corners.
    """

    scores: NDArray[np.float64]
    boxes: NDArray[np.float64]
    landmarks: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.scores)

    def at_least(self, score: float) -> "Candidates":
        """Those of at least this score."""
        return self.take(self.scores >= score)

    def take(self, indices: Any) -> "Candidates":
        """Some of the candidates, by any numpy index."""
        return Candidates(self.scores[indices], self.boxes[indices], self.landmarks[indices])


def read(outputs: Item) -> Candidates:
    """The candidates of one canvas, in canvas pixels, 0 at the edge.

    `outputs` are the graph's: `scores` (k,), `boxes` (k, 4), `landmarks` (k, 5, 2), best first; what is none scores 0.
    """
    count = int(np.count_nonzero(outputs["scores"]))
    scores, boxes, landmarks = (
        outputs[name][:count].astype(np.float64) for name in ("scores", "boxes", "landmarks")
    )
    return Candidates(scores, boxes, landmarks)


def suppress(candidates: Candidates, max_overlap: float, support: Support | None = None) -> Candidates:
    """Greedy non-maximum suppression: of candidates whose boxes overlap more than `max_overlap` (IoU) the best stays.

    With `support` each that stays is scored anew, by those that agree with it.
    """
    kept: list[int] = []
    scores: list[float] = []
    left = np.arange(len(candidates))
    while len(left):
        best = left[0]
        shares = overlaps(candidates.boxes[best], candidates.boxes[left])
        kept.append(best)
        agreed = float(candidates.scores[left[shares > _AGREE]].sum())
        scores.append(
            support.score(float(candidates.scores[best]), agreed) if support else candidates.scores[best]
        )
        # A box without area overlaps nothing, not even itself.
        left = left[1:][shares[1:] <= max_overlap]
    stayed = candidates.take(kept)
    rescored = Candidates(np.asarray(scores, np.float64), stayed.boxes, stayed.landmarks)
    return rescored.take(np.argsort(-rescored.scores, kind="stable"))


def overlaps(box: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of one box (4,) with boxes (n, 4)."""
    shared = _shared(box, boxes)
    area, areas = np.prod(box[2:] - box[:2]), np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return np.asarray(shared / np.maximum(area + areas - shared, 1e-9))


def overlap_of_own(box: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of a box (4,) that lies within each of boxes (n, 4)."""
    return np.asarray(_shared(box, boxes) / max(float(np.prod(box[2:] - box[:2])), 1e-9))


def _shared(box: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    return np.asarray(np.prod(np.maximum(sides, 0), axis=1))
