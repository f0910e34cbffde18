"""Measure a detector through the service's own finder: WIDER FACE by face height, and who is found at all elsewhere."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contracts.detection import DetectOptions, Mode
from export.datasets import Archive, Row
from export.detector import wider
from export.detector.finder import Finder
from export.detector.wider import HEIGHTS, Found, Score
from export.onnx_tools.sessions import Session
from export.recipe import Evaluation
from export.statistics import Share

MODES: tuple[Mode, ...] = ("fast", "balanced", "thorough")
_MOST_PICTURES = 500
# A subject's box covers at least this share of a picture that was cut to show it.
_SUBJECT = 0.05
_DIGITS = 4


def evaluate(session: Session) -> Evaluation:
    """Recall and precision on `wider.zip` in the three modes, and the shares found on the other sets."""
    finder = Finder(session)
    scores = {mode: on_wider(finder, mode) for mode in MODES}
    metrics: dict[str, float] = {}
    for mode, score in scores.items():
        metrics[f"wider_recall_20px_{mode}"] = round(score.recall(20), _DIGITS)
        metrics[f"wider_recall_40px_{mode}"] = round(score.recall(40), _DIGITS)
        metrics[f"wider_precision_{mode}"] = round(score.precision, _DIGITS)
        metrics[f"wider_ap_20px_{mode}"] = round(score.average_precision, _DIGITS)
    shares = {
        name: found_share(finder, Archive(name))
        for name in ("lfw", "fairface", "fer2013", "orl", "keypoints", "facemask")
    }
    metrics |= {f"found_{name}": round(share.value, _DIGITS) for name, share in shares.items()}
    return Evaluation(metrics, f"{wider_table(scores)}\n\n{_found_table(shares)}")


def on_wider(finder: Finder, mode: Mode) -> Score:
    """All pictures of `wider.zip` in one mode at the service's default score."""
    options = DetectOptions(mode=mode, max_faces=1000)

    def detect(photo: NDArray[np.uint8]) -> Found:
        found = finder.find(photo, options)
        return Found(found.boxes, found.scores)

    return wider.evaluate(detect, Archive("wider"), finder.detector.min_score)


def found_share(finder: Finder, archive: Archive) -> Share:
    """The share of the dev pictures (at most 500, evenly chosen) in which a face of some size is found."""
    rows = spread(archive.rows("dev"), _MOST_PICTURES)
    hits = sum(_shows_subject(finder, archive.picture(row["file"])) for row in rows)
    return Share.of(hits, len(rows))


def spread(rows: Sequence[Row], most: int) -> list[Row]:
    """At most `most` rows, evenly spread over all."""
    places = np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int)
    return [rows[place] for place in places]


def _shows_subject(finder: Finder, photo: NDArray[np.uint8]) -> bool:
    boxes = finder.find(photo, DetectOptions()).boxes
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return bool((areas >= _SUBJECT * photo.shape[0] * photo.shape[1]).any())


def wider_table(scores: dict[Mode, Score]) -> str:
    """Recall by face height and precision per mode, as Markdown."""
    first = next(iter(scores.values()))
    heights = [f"{low}-{high} px" if high < HEIGHTS[-1][1] else f"from {low} px" for low, high in HEIGHTS]
    counts = [f"{name} ({count})" for name, count in zip(heights, first.annotated, strict=True)]
    lines = [
        "WIDER FACE, 194 pictures of five events: recall by the annotated face's height (how many there are) at an",
        "overlap of 0.5, precision, and average precision for faces from 20 px on.",
        "",
        f"| mode | {' | '.join(counts)} | precision | AP |",
        "|---" * (len(counts) + 3) + "|",
    ]
    for mode, score in scores.items():
        recalls = " | ".join(f"{value:.3f}" for value in score.hit / np.maximum(score.annotated, 1))
        lines.append(f"| {mode} | {recalls} | {score.precision:.3f} | {score.average_precision:.3f} |")
    return "\n".join(lines)


def _found_table(shares: dict[str, Share]) -> str:
    lines = [
        "Dev pictures that were cut to show one face: the share in which a face is found (balanced mode), with its 95 %",
        "interval.",
        "",
        "| set | pictures | found |",
        "|---|---|---|",
        *(f"| {name} | {share.count} | {share} |" for name, share in shares.items()),
    ]
    return "\n".join(lines)
