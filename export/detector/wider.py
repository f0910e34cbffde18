"""Score a face detector on WIDER FACE pictures: recall by face height, precision, average precision."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.datasets import Archive

Array = NDArray[np.float64]
OVERLAP = 0.5
"""Intersection over union at which a found face counts as the annotated one (WIDER FACE's own protocol)."""
HEIGHTS = ((0, 10), (10, 20), (20, 40), (40, 80), (80, 10_000))
"""Height classes of annotated faces, pixels of the photo: [low, high)."""


@dataclass(frozen=True)
class Found:
    """What a detector found in one photo: boxes (n, 4) as x0, y0, x1, y1, scores (n,), best first."""

    boxes: Array
    scores: Array


@dataclass(frozen=True)
class Annotated:
    """What is in one photo: boxes (m, 4), and which of them count (m,); the others are neither hit nor miss."""

    boxes: Array
    valid: NDArray[np.bool_]


@dataclass(frozen=True)
class Score:
    """Counts over all photos: annotated and found faces per class of `HEIGHTS`, and false alarms."""

    annotated: NDArray[np.int64]
    hit: NDArray[np.int64]
    false_alarms: int
    average_precision: float
    """Area under precision over recall for the annotated faces of 20 px and more (all points, as in VOC 2010)."""

    def recall(self, lowest: int, below: int | None = None) -> float:
        """The share of the annotated faces of these heights that were found."""
        chosen = [
            i for i, (low, high) in enumerate(HEIGHTS) if low >= lowest and (below is None or high <= below)
        ]
        return float(self.hit[chosen].sum() / max(self.annotated[chosen].sum(), 1))

    @property
    def precision(self) -> float:
        """The share of what was found that is an annotated face."""
        hits = int(self.hit.sum())
        return hits / max(hits + self.false_alarms, 1)


def annotations(archive: Archive) -> dict[str, Annotated]:
    """The annotated faces of `wider.zip` by file name."""
    rows: dict[str, list[tuple[float, ...]]] = {row["file"]: [] for row in archive.labels}
    for row in archive.table("boxes.csv"):
        x, y, w, h = (float(row[key]) for key in "xywh")
        rows[row["image"]].append((x, y, x + w, y + h, float(row["invalid"] == "0")))
    tables = {name: np.array(lines, np.float64).reshape(-1, 5) for name, lines in rows.items()}
    return {name: Annotated(table[:, :4], table[:, 4] > 0) for name, table in tables.items()}


def score(found: Sequence[Found], truth: Sequence[Annotated], min_score: float) -> Score:
    """Compare photo by photo, with the found faces of at least `min_score`."""
    annotated = hit = np.zeros(len(HEIGHTS), np.int64)
    false_alarms = 0
    ranked: list[tuple[float, float]] = []
    for one, faces in zip(found, truth, strict=True):
        kept = one.scores >= min_score
        which = match(one.boxes[kept], faces)
        bins = _height_class(faces)
        annotated = annotated + _count(bins[faces.valid])
        hits = np.unique(which[which >= 0])
        hit = hit + _count(bins[hits[faces.valid[hits]]])
        false_alarms += int((which == _NOTHING).sum())
        ranked += _ranked(one.scores[kept], which, faces, bins)
    return Score(annotated, hit, false_alarms, _average_precision(ranked, int(annotated[2:].sum())))


_NOTHING = -1
_IGNORED = -2


def match(boxes: Array, faces: Annotated) -> NDArray[np.int64]:
    """For each found box, best first: the annotated face it hits, -1 for none, -2 for one that does not count.

    A face is hit once. A box of which more than half lies in a face that does not count is not judged.
    """
    which = np.full(len(boxes), _NOTHING)
    if not len(faces.boxes):
        return which
    free = faces.valid.copy()
    for i, box in enumerate(boxes):
        common, union = _overlap(box, faces.boxes)
        shares = np.where(free, common / union, 0)
        best = int(shares.argmax())
        if shares[best] >= OVERLAP:
            which[i] = best
            free[best] = False
        elif (common[~faces.valid] > OVERLAP * _area(box)).any():
            which[i] = _IGNORED
    return which


def _overlap(box: Array, boxes: Array) -> tuple[Array, Array]:
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    common = np.prod(np.clip(sides, 0, None), axis=1)
    return common, np.maximum(_area(box) + _area(boxes) - common, 1e-9)


def _area(boxes: Array) -> Array:
    return np.asarray(np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1), np.float64)


def _height_class(faces: Annotated) -> NDArray[np.int64]:
    heights = faces.boxes[:, 3] - faces.boxes[:, 1]
    return np.searchsorted([high for _, high in HEIGHTS], heights, side="right").astype(np.int64)


def _count(classes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.bincount(classes, minlength=len(HEIGHTS))


def _ranked(
    scores: Array, which: NDArray[np.int64], faces: Annotated, bins: NDArray[np.int64]
) -> list[tuple[float, float]]:
    """(score, hit or not) of what counts among the faces of 20 px and more; smaller ones are left out."""
    rows = []
    for value, target in zip(scores, which, strict=True):
        if target == _NOTHING:
            rows.append((float(value), 0.0))
        elif target >= 0 and faces.valid[target] and bins[target] >= 2:  # noqa: PLR2004  # the classes from 20 px on
            rows.append((float(value), 1.0))
    return rows


def _average_precision(ranked: list[tuple[float, float]], total: int) -> float:
    if not ranked:
        return 0.0
    hits = np.cumsum([hit for _, hit in sorted(ranked, reverse=True)])
    precision = hits / np.arange(1, len(hits) + 1)
    recall = np.concatenate([[0.0], hits / max(total, 1)])
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall) * envelope).sum())


Detect = Callable[[NDArray[np.uint8]], Found]
"""Photo uint8 (height, width, 3) RGB -> the faces found."""


def evaluate(detect: Detect, archive: Archive, min_score: float) -> Score:
    """Run a detector on every picture of `wider.zip` and score it."""
    truth = annotations(archive)
    found = [detect(archive.picture(name)) for name in truth]
    return score(found, list(truth.values()), min_score)
