"""Measure liveness: real pictures that pass, and simulated prints and screens that do. Recorded attacks are not to be had here."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from contracts.liveness import CONTEXT_SIDE
from export.datasets import Archive, Row
from export.embedder.worse import encoded
from export.faces import detect_all, most_central
from export.liveness.attacks import on_screen, printed, webcam
from export.onnx_tools.sessions import Session
from export.recipe import Evaluation
from export.statistics import Share
from services.liveness.model import FaceInContext, LivenessModel
from serving.session import ModelInfo

THRESHOLDS = (0.5, 0.78)
_PICTURES = 400
_GROUPED = 833  # of FairFace, for the table by race: every third one
_BATCH = 8

Picture = NDArray[np.uint8]
Change = Callable[[Picture, int], Picture]


def evaluate(session: Session) -> Evaluation:
    """The share of each kind of picture that passes at each threshold."""
    kinds: dict[str, tuple[str, Change | None]] = {
        "lfw_real": ("lfw", None),
        "fairface_real": ("fairface", None),
        "webcam_real": ("lfw", webcam),
        "print_passed": ("lfw", printed),
        "screen_passed": ("lfw", on_screen),
    }
    metrics: dict[str, float] = {}
    lines = ["| pictures | n | pass at .5 | pass at .78 |", "|---|---|---|---|"]
    for kind, (name, change) in kinds.items():
        scores = judge(session, _pictures(name, change))
        scores = scores[np.isfinite(scores)]
        shares = [Share.of(int((scores >= t).sum()), len(scores)) for t in THRESHOLDS]
        metrics |= {f"{kind}_at_{t:g}": round(float((scores >= t).mean()), 4) for t in THRESHOLDS}
        lines.append(f"| {_TITLES[kind]} | {len(scores)} | {shares[0]} | {shares[1]} |")
    return Evaluation(metrics, "\n".join([*lines, "", *_by_race(session)]))


def _by_race(session: Session) -> list[str]:
    """How often real faces of each of FairFace's races pass, as a table."""
    rows = _chosen("fairface", _GROUPED)
    archive = Archive("fairface")
    scores = judge(session, (archive.read(row["file"]) for row in rows))
    races = np.asarray([row["race"] for row in rows])
    lines = [
        "FairFace dev, real, by race:",
        "",
        "| race | n | pass at .5 | pass at .78 |",
        "|---|---|---|---|",
    ]
    for race in sorted(set(races)):
        own = scores[(races == race) & np.isfinite(scores)]
        shares = [Share.of(int((own >= t).sum()), len(own)) for t in THRESHOLDS]
        lines.append(f"| {race} | {len(own)} | {shares[0]} | {shares[1]} |")
    return lines


_TITLES = {
    "lfw_real": "LFW dev, real",
    "fairface_real": "FairFace dev, real: faces that fill a 112-pixel picture",
    "webcam_real": "LFW dev as a cheap webcam would take them, real",
    "print_passed": "LFW dev as bent prints (simulated attack)",
    "screen_passed": "LFW dev on a screen (simulated attack)",
}


def judge(session: Session, pictures: Iterable[bytes]) -> NDArray[np.float32]:
    """The score of the central face of each picture, (n,); NaN without a face."""
    model = LivenessModel(ModelInfo("liveness", "liveness", "0", ""))
    items, places = [], []
    replies = detect_all(pictures, contexts=True)
    for index, reply in enumerate(replies):
        if reply.faces and reply.contexts and reply.placements:
            crops = np.frombuffer(reply.contexts, np.uint8).reshape(-1, CONTEXT_SIDE, CONTEXT_SIDE, 3)
            place = most_central(reply)
            items.append(model.preprocess(FaceInContext(crops[place], reply.placements[place])))
            places.append(index)
    scores = np.full(len(replies), np.nan, np.float32)
    for start in range(0, len(items), _BATCH):
        block = items[start : start + _BATCH]
        batch = {name: np.stack([np.asarray(item[name]) for item in block]) for name in session.inputs}
        scores[places[start : start + _BATCH]] = session(batch)["real"]
    return scores


def _pictures(name: str, change: Change | None) -> Iterable[bytes]:
    archive = Archive(name)
    for seed, row in enumerate(_chosen(name, _PICTURES)):
        if change is None:
            yield archive.read(row["file"])
        else:
            yield encoded(change(archive.picture(row["file"]), seed))


def _chosen(name: str, count: int) -> list[Row]:
    """`count` of a set's dev lines, evenly spread."""
    rows = Archive(name).rows("dev")
    return rows[:: max(1, len(rows) // count)][:count]
