"""Expressions: figures per class and the confusion matrix on FER-2013's dev pictures."""

import json
from pathlib import Path

import numpy as np

from export.answers import answer
from export.attributes.evaluation import groups_of
from export.datasets import Archive
from export.emotion.evaluation import fer_faces, majority
from export.faces import find_faces
from export.onnx_tools.sessions import Session
from export.report import charts
from export.report.section import Section
from export.statistics import Share, confusion, precision_recall_f1
from export.training.calibration import expected_calibration_error
from services.emotion.model import EmotionModel


def section(session: Session, folder: Path) -> Section:
    """Measure the emotion model and write its section."""
    out = Section("Expressions (emotion)", folder)
    labels = json.loads(session.metadata["hexaface.labels"])["emotion"]
    faces = fer_faces()
    said = answer(session, EmotionModel, faces.chips)["emotion"]
    answers = said.argmax(1)
    truth = np.asarray([labels.index(name) for name in faces.column("label")])
    matrix = confusion(truth, answers, len(labels))
    plus, known = majority(faces, labels)
    right = int(np.trace(matrix))
    agreeing = int((answers[known] == plus[known]).sum())
    out.say(
        f"FER-2013 PublicTest (dev): {len(faces.rows)} of {faces.asked} faces found; 48-pixel grey crops, enlarged. "
        "FER-2013's labels are noisy: people agree with them about 65 % of the time, and the FER+ raters' majority is "
        "the same for 63 % of the pictures."
    )
    rows = [
        (
            "FER-2013 labels",
            Share.of(right, len(truth)),
            "student project .65; people about .65; best single CNNs .73-.75 (private test)",
        ),
        ("FER-2013 labels, a face not found counts as wrong", Share.of(right, faces.asked), ""),
        ("FER+ majority, where it is one of the seven", Share.of(agreeing, int(known.sum())), ""),
    ]
    out.table(["accuracy against", "HexaFace (95 % interval)", "for comparison"], rows)
    figures = precision_recall_f1(matrix)
    per_class = [
        (label, row.sum(), f"{p:.2f}", f"{r:.2f}", f"{f:.2f}")
        for label, row, (p, r, f) in zip(labels, matrix, figures, strict=True)
    ]
    out.table(["class", "n", "precision", "recall", "F1"], per_class)
    charts.confusion_matrix(matrix, labels, out.picture("emotion", "Confusion of expressions, FER-2013 dev"))
    out.say(
        f"Expected calibration error against FER-2013's labels: {expected_calibration_error(said, truth):.4f} (15 bins)."
    )
    charts.reliability(
        {"FER-2013 labels": (said, truth), "FER+ majority": (said[known], plus[known])},
        out.picture(
            "emotion_reliability",
            "Probability said and share right, FER-2013 dev, with the number of answers",
        ),
    )
    _groups(out, session, labels)
    return out


def _groups(out: Section, session: Session, labels: list[str]) -> None:
    archive = Archive("fairface")
    faces = find_faces(archive, archive.rows("dev"))
    answers = answer(session, EmotionModel, faces.chips)["emotion"].argmax(1)
    out.say(
        "What it says of FairFace's faces, whose expressions nobody has labelled, by race and gender: a difference is the "
        "pictures' or the model's."
    )
    rows = [
        (
            race,
            gender,
            int(chosen.sum()),
            *(f"{(answers[chosen] == i).mean():.3f}" for i in range(len(labels))),
        )
        for race, gender, chosen in groups_of(faces)
    ]
    out.table(["race", "gender", "n", *labels], rows)
