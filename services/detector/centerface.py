"""CenterFace's candidates (Xu et al., arXiv:1911.03599): the graph decodes its maps, this removes what overlaps."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.batching import Item


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

    def take(self, indices: Any) -> "Candidates":
        """Some of the candidates, by any numpy index."""
        return Candidates(self.scores[indices], self.boxes[indices], self.landmarks[indices])


def read(outputs: Item, min_score: float) -> Candidates:
    """The candidates of one canvas whose score is at least `min_score`, in canvas pixels, 0 at the edge.

    `outputs` are the graph's: `scores` (k,), `boxes` (k, 4), `landmarks` (k, 5, 2), best first; no peak scores 0.
    """
    count = int(np.count_nonzero(outputs["scores"] >= max(min_score, 1e-6)))
    scores, boxes, landmarks = (
        outputs[name][:count].astype(np.float64) for name in ("scores", "boxes", "landmarks")
    )
    return Candidates(scores, boxes, landmarks)


def suppress(candidates: Candidates, max_overlap: float) -> Candidates:
    """Greedy non-maximum suppression: of candidates whose boxes overlap more than `max_overlap` (IoU) the best stays."""
    kept: list[int] = []
    for i in range(len(candidates)):
        if not kept or overlaps(candidates.boxes[i], candidates.boxes[kept]).max() <= max_overlap:
            kept.append(i)
    return candidates.take(kept)


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
