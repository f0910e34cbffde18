"""Measure an embedder on Labeled Faces in the Wild: verification accuracy, ROC and the calibration of its thresholds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.answers import answer
from export.datasets import Archive
from export.embedder import masked
from export.embedder.calibration import Scores, all_pairs, area, calibrate, fold_accuracies
from export.faces import FaceSet, find_faces
from export.onnx_tools.sessions import Session
from export.recipe import Evaluation
from services.embedder.model import EmbedderModel

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Pairs:
    """The official pairs whose two faces were found."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    same: NDArray[np.bool_]
    folds: NDArray[np.str_]
    dropped: int

    def cosines(self, embeddings: Floats) -> Floats:
        """The similarity of each pair."""
        return np.asarray((embeddings[self.first] * embeddings[self.second]).sum(1))

    def scores(self, embeddings: Floats) -> Scores:
        """The similarities by kind."""
        cosines = self.cosines(embeddings)
        return Scores(cosines[self.same], np.sort(cosines[~self.same]))


def lfw_faces() -> FaceSet:
    """The faces of LFW's dev pictures."""
    archive = Archive("lfw")
    return find_faces(archive, archive.rows("dev"))


def lfw_pairs(faces: FaceSet) -> Pairs:
    """The 2,400 dev pairs among these faces."""
    places = {row["file"]: index for index, row in enumerate(faces.rows)}
    rows = Archive("lfw").table("pairs.csv")
    kept = [row for row in rows if row["a"] in places and row["b"] in places]
    return Pairs(
        np.asarray([places[row["a"]] for row in kept]),
        np.asarray([places[row["b"]] for row in kept]),
        np.asarray([row["same"] == "1" for row in kept]),
        np.asarray([row["fold"] for row in kept]),
        len(rows) - len(kept),
    )


def evaluate(session: Session) -> Evaluation:
    """LFW dev: accuracy by the fold protocol, area under the ROC curve, thresholds with their true match rates."""
    faces = lfw_faces()
    embeddings = answer(session, EmbedderModel, faces.chips)["embedding"]
    pairs = lfw_pairs(faces)
    scores = all_pairs(embeddings, faces.column("person"))
    calibration = calibrate(scores, pairs.scores(embeddings))
    accuracies = fold_accuracies(pairs.cosines(embeddings), pairs.same, pairs.folds)
    metrics = {
        "lfw_accuracy": round(float(accuracies.mean()), 4),
        "lfw_roc_auc": round(area(pairs.scores(embeddings)), 5),
        "lfw_pairs": len(pairs.same),
        "lfw_faces_missed": len(faces.missed),
        "impostor_pairs": calibration["impostor_pairs"],
    }
    for entry in calibration["thresholds"]:
        metrics[f"true_match_rate_at_{entry['false_match_rate']:g}"] = entry["true_match_rate"]
    tables = [_table(calibration["thresholds"])]
    if "mask" in session.outputs:
        sides = (pairs.first, pairs.second, pairs.same)
        tables.append(masked.table(session, faces.chips, sides, calibration["thresholds"]))
    return Evaluation(metrics, "\n\n".join(tables), {"calibration": calibration})


def _table(thresholds: list[dict[str, float]]) -> str:
    lines = [
        "| false match rate | cosine | Euclidean | true match rate (95 % interval) |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {t['false_match_rate']:g} | {t['cosine']:.4f} | {t['euclidean']:.4f} "
        f"| {t['true_match_rate']:.4f} ({t['true_match_rate_low']:.4f}-{t['true_match_rate_high']:.4f}) |"
        for t in thresholds
    ]
    return "\n".join(lines)
