"""Action units against FER-2013's expression labels, the only expression labels at hand."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from contracts.action_units import PRESENT
from contracts.keypoints import Keypoints
from export.datasets import Archive, Row
from export.keypoints.faces import Analyser, Finder, enlarge_fer, read_faces

PAIRS: Sequence[tuple[tuple[str, ...], str]] = (
    (("AU12",), "happy"),
    (("AU6",), "happy"),
    (("AU6", "AU12"), "happy"),
    (("AU4",), "angry"),
    (("AU1", "AU2", "AU5", "AU26"), "surprise"),
    (("AU5",), "surprise"),
    (("AU26",), "surprise"),
    (("AU15",), "sad"),
    (("AU17",), "sad"),
    (("AU9",), "disgust"),
    (("AU10",), "disgust"),
    (("AU20",), "fear"),
    (("AU1", "AU2", "AU5"), "fear"),
)
"""Action units (their mean intensity) and the expression they belong to (Ekman & Friesen's prototypes, EMFACS)."""

_CLASSES = ("neutral", "happy", "surprise", "sad", "angry", "fear", "disgust")


def area_under_curve(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """The ROC's area: how often a positive's score exceeds a negative's, ties counted half (Mann-Whitney's U)."""
    order = np.sort(scores[~positive])
    below = np.searchsorted(order, scores[positive], side="left")
    not_above = np.searchsorted(order, scores[positive], side="right")
    return float((below + not_above).mean() / (2 * len(order)))


def measure_expressions(analyser: Analyser, finder: Finder) -> tuple[dict[str, float], str]:
    """Metrics and Markdown tables on FER-2013's dev part."""
    archive = Archive("fer2013")
    rows = archive.rows("dev")
    found = read_faces(archive, rows, finder, enlarge_fer)
    answers = analyser([face.chip for _, face in found])
    labels = np.array([row["label"] for row, _ in found])
    sure = np.array([_majority(row) for row, _ in found])
    metrics, lines = {}, _heading(len(found), len(rows))
    for units, label in PAIRS:
        scores = np.array([np.mean([a.action_units[u].intensity for u in units]) for a in answers])
        areas = [
            area_under_curve(scores, labels == label),
            area_under_curve(scores[sure != ""], sure[sure != ""] == label),
            area_under_curve(
                scores[np.isin(labels, [label, "neutral"])],
                labels[np.isin(labels, [label, "neutral"])] == label,
            ),
        ]
        metrics[f"auc_{'_'.join(units)}_{label}"] = round(areas[0], 3)
        lines.append(
            f"| {' + '.join(units)} | {label} | " + " | ".join(f"{area:.3f}" for area in areas) + " |"
        )
    return metrics, "\n".join([*lines, "", *_present_table(answers, labels)])


def _majority(row: Row) -> str:
    """The class that at least 8 of the 10 FER+ raters chose, or nothing."""
    votes = {
        "neutral": "v_neutral",
        "happy": "v_happiness",
        "surprise": "v_surprise",
        "sad": "v_sadness",
        "angry": "v_anger",
        "disgust": "v_disgust",
        "fear": "v_fear",
    }
    return next((label for label, column in votes.items() if int(row[column]) >= 8), "")  # noqa: PLR2004  # of ten raters


def _heading(found: int, of: int) -> list[str]:
    return [
        f"### Action units against expressions: FER-2013's dev part, {found} of {of} faces found",
        "",
        "Area under the ROC curve of the mean intensity; 0.5 is chance. The labels are noisy (people agree with them for about",
        "65 %) and an expression is not an action unit: angry faces without a lowered brow are many.",
        "",
        "| action units | expression | against all others | same, where 8 of 10 FER+ raters agree | against neutral |",
        "|---|---|---|---|---|",
    ]


def _present_table(answers: Sequence[Keypoints], labels: NDArray[np.str_]) -> list[str]:
    lines = [
        f"Share of faces that show each action unit (intensity >= {PRESENT}), by label, %:",
        "",
        "| | " + " | ".join(_CLASSES) + " |",
        "|---|" + "---|" * len(_CLASSES),
    ]
    for name in answers[0].action_units:
        present = np.array([a.action_units[name].present for a in answers])
        shares: Mapping[str, float] = {c: float(present[labels == c].mean()) for c in _CLASSES}
        lines.append(f"| {name} | " + " | ".join(f"{100 * share:.0f}" for share in shares.values()) + " |")
    return lines
