"""Measure an expression model on FER-2013's dev pictures (PublicTest)."""

import json

import numpy as np
from numpy.typing import NDArray

from export.answers import answer
from export.datasets import Archive
from export.emotion.mistakes import summary
from export.faces import FaceSet, find_faces
from export.onnx_tools.sessions import Session
from export.recipe import Evaluation
from export.statistics import Share, confusion, precision_recall_f1
from export.training.calibration import expected_calibration_error
from services.emotion.model import EmotionModel

# Column of the FER+ votes for each of our labels.
VOTES = {
    "angry": "v_anger",
    "disgust": "v_disgust",
    "fear": "v_fear",
    "happy": "v_happiness",
    "sad": "v_sadness",
    "surprise": "v_surprise",
    "neutral": "v_neutral",
}


def fer_faces() -> FaceSet:
    """The faces of FER-2013's dev pictures."""
    archive = Archive("fer2013")
    return find_faces(archive, archive.rows("dev"))


def evaluate(session: Session) -> Evaluation:
    """Accuracy and per-class figures for FER-2013's labels, and accuracy for the FER+ majority."""
    labels = json.loads(session.metadata["hexaface.labels"])["emotion"]
    faces = fer_faces()
    said = answer(session, EmotionModel, faces.chips)["emotion"]
    answers = said.argmax(1)
    truth = np.asarray([labels.index(name) for name in faces.column("label")])
    matrix = confusion(truth, answers, len(labels))
    right = int(np.trace(matrix))
    plus, known = majority(faces, labels)
    agreeing = answers[known] == plus[known]
    figures = precision_recall_f1(matrix)
    metrics = {
        "accuracy": round(right / len(truth), 4),
        "accuracy_counting_missed_faces": round(right / faces.asked, 4),
        "macro_f1": round(float(figures[:, 2].mean()), 4),
        "ferplus_accuracy": round(float(agreeing.mean()), 4),
        "calibration_error": round(expected_calibration_error(said, truth), 4),
        "faces": len(truth),
        "faces_missed": len(faces.missed),
    }
    tables = f"{_tables(labels, matrix, figures)}\n\n{summary(said, truth, plus, known)}"
    return Evaluation(metrics, tables)


def majority(faces: FaceSet, labels: list[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The FER+ raters' most frequent choice as an index into `labels`, and where it is one of them, alone."""
    columns = [VOTES[label] for label in labels] + ["v_contempt", "v_unknown", "v_NF"]
    votes = np.asarray([[int(row[column]) for column in columns] for row in faces.rows])
    top = votes.argmax(1)
    alone = (votes == votes.max(1, keepdims=True)).sum(1) == 1
    return top, alone & (top < len(labels))


def _tables(labels: list[str], matrix: NDArray[np.int64], figures: NDArray[np.float64]) -> str:
    overall = Share.of(int(np.trace(matrix)), int(matrix.sum()))
    lines = [
        f"FER-2013 labels, accuracy {overall} with its 95 % interval. Per class, and the confusion matrix (a row per true class):",
        "",
        f"| class | n | precision | recall | F1 | {' | '.join(labels)} |",
        "|---" * (len(labels) + 5) + "|",
    ]
    lines += [
        f"| {label} | {row.sum()} | {p:.2f} | {r:.2f} | {f:.2f} | {' | '.join(map(str, row))} |"
        for label, row, (p, r, f) in zip(labels, matrix, figures, strict=True)
    ]
    return "\n".join(lines)
