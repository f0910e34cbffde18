"""Expressions: figures per class and the confusion matrix on FER-2013's dev pictures."""

import json
from pathlib import Path

import numpy as np

from export.answers import answer
from export.attributes.evaluation import groups_of
from export.datasets import Archive
from export.emotion.evaluation import fer_faces, majority
from export.emotion.mistakes import page, summary
from export.faces import detect_all, face_chips, find_faces
from export.onnx_tools.sessions import Session
from export.report import charts
from export.report.section import Section
from export.statistics import Share, confusion, precision_recall_f1
from export.training.calibration import expected_calibration_error
from services.emotion.model import EmotionModel

_ROOT = Path(__file__).resolve().parents[2]
_MISTAKES = _ROOT / "build" / "report" / "emotion-mistakes.png"
_STILL = ("solvay_1911.jpg", "solvay_1927.jpg")


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
    out.say(summary(said, truth, plus, known))
    page(faces.chips, said, truth, labels, _MISTAKES)
    out.say(
        "The run that writes this page also draws the surest wrong answers of each class to "
        "`build/report/emotion-mistakes.png`; the pictures have no licence, so it stays there."
    )
    _posed(out, session, labels)
    _groups(out, session, labels)
    return out


def _posed(out: Section, session: Session, labels: list[str]) -> None:
    """Mistakes that may be shown: the photographs are in the public domain."""
    replies = detect_all((_ROOT / "samples" / name).read_bytes() for name in _STILL)
    chips = np.concatenate([face_chips(reply) for reply in replies])
    said = answer(session, EmotionModel, chips)["emotion"]
    neutral = labels.index("neutral")
    right = Share.of(int((said.argmax(1) == neutral).sum()), len(said))
    out.say(
        f"Two group photographs of scientists, 1911 and 1927, who sit still for the camera: {right} of {len(said)} faces are "
        "called neutral. The surest other answers:"
    )
    truth = np.full(len(said), neutral)
    page(
        chips,
        said,
        truth,
        labels,
        out.picture("emotion_posed", "Faces taken for something else than neutral"),
    )


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
