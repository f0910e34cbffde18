"""Fine-tune the packaged embedder on identities of one kind and measure what it did: `python -m studies.arcface`.

The subset is chosen by an attribute that the served model predicts: `women`, `men`, `over40`. Everything is
kept in the cache under `runs/arcface/<subset>_<backbone>/`; the tables are printed as Markdown.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from export.answers import answer
from export.cache import runs
from export.datasets import Archive
from export.embedder.evaluation import lfw_pairs
from export.faces import FaceSet, find_faces
from export.onnx_tools.sessions import Session
from export.publish import MODELS
from services.attributes.model import AttributesModel
from studies.arcface.inception_resnet import InceptionResNet
from studies.arcface.packaged import packaged
from studies.arcface.protocol import COSINES, identification, verification
from studies.arcface.resnet50 import ResNet50
from studies.arcface.train import ArcFaceLearner, Pairs, People, embed, train

SUBSETS = ("women", "men", "over40")
BACKBONES: dict[str, Callable[[], nn.Module]] = {
    "mobilefacenet": packaged,
    # A sixteenth of the arithmetic: without a GPU the full one is days.
    "resnet50": lambda: ResNet50(256, width=16),
    "inception": lambda: InceptionResNet(256, scale=0.25),
}
_FRESH = ("resnet50", "inception")
_OVER = 40.0


@dataclass(frozen=True)
class Dev:
    """LFW's dev pictures: all pairs, and those of which both faces are of the subset."""

    chips: NDArray[np.uint8]
    persons: list[str]
    pairs: Pairs
    filtered: NDArray[np.bool_]
    """(pairs,)."""


def of_subset(chips: NDArray[np.uint8], subset: str) -> NDArray[np.bool_]:
    """Which chips uint8 (n, 256, 256, 3) the served attributes model puts in the subset."""
    session = Session(MODELS / "attributes.onnx")
    answers = answer(session, AttributesModel, chips)
    if subset == "over40":
        return np.asarray(answers["age"] > _OVER)
    female = answers["gender"][:, 0] >= answers["gender"][:, 1]
    return np.asarray(female if subset == "women" else ~female)


def faces_of(split: str, folder: Path) -> FaceSet:
    """LFW's `identities` (train) or pair (dev) pictures as chips, found once and kept in `folder`."""
    path = folder / f"lfw-{split}.npz"
    archive = Archive("lfw")
    rows = {row["file"]: row for row in archive.rows(split)}
    if not path.exists():
        found = find_faces(archive, rows.values())
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(path, chips=found.chips, files=[row["file"] for row in found.rows])
    with np.load(path) as kept:
        files = [str(file) for file in kept["files"]]
        missed = [row for file, row in rows.items() if file not in set(files)]
        return FaceSet([rows[file] for file in files], kept["chips"], missed)


def dev(subset: str, faces: FaceSet) -> Dev:
    """LFW's dev part."""
    pairs = lfw_pairs(faces)
    chosen = of_subset(faces.chips, subset)
    return Dev(
        faces.chips,
        [row["person"] for row in faces.rows],
        Pairs(faces.chips, pairs.first, pairs.second, pairs.same),
        chosen[pairs.first] & chosen[pairs.second],
    )


def report(backbone: nn.Module, dev: Dev, name: str) -> list[str]:
    """Two lines of the table: filtered and all pairs, with the identification beside the latter."""
    embeddings = embed(backbone, dev.chips)
    lines = []
    for kind, kept in (("filtered", dev.filtered), ("all", np.ones(len(dev.filtered), np.bool_))):
        pairs = dev.pairs
        found = verification(embeddings[pairs.a[kept]], embeddings[pairs.b[kept]], pairs.same[kept])
        cells = [f"{found.area:.4f}", f"{found.best:.4f}"]
        cells += [f"{a:.3f} / {b:.3f}" for a, b in zip(found.same_at, found.right_at, strict=True)]
        ranks = identification(embeddings, dev.persons) if kind == "all" else {}
        cells += [f"{ranks[k]:.4f}" if ranks else "" for k in (1, 2, 3)]
        lines.append(f"| {name} | {kind}, {found.pairs} | " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subset", choices=SUBSETS, default="women")
    parser.add_argument("--backbone", choices=sorted(BACKBONES), default="mobilefacenet")
    parser.add_argument("--epochs", type=float, default=8)
    options = parser.parse_args()
    torch.manual_seed(0)
    kept = runs("arcface")
    found = faces_of("train", kept)
    everyone = People(found.chips, [row["person"] for row in found.rows])
    judged = dev(options.subset, faces_of("dev", kept))
    people = everyone.only(of_subset(everyone.chips, options.subset))
    print(
        f"{len(people.chips)} pictures of {len(set(people.persons))} people; {len(set(judged.persons))} to identify"
    )
    backbone = BACKBONES[options.backbone]()
    fresh = options.backbone in _FRESH
    before = report(backbone, judged, f"{options.backbone}, before")
    learner = ArcFaceLearner(
        backbone,
        people,
        judged.pairs,
        rate=1e-3 if fresh else 1e-4,
        keep_norms=not fresh,
    )
    folder = kept / f"{options.subset}_{options.backbone}"
    tuned = train(learner, len(people.chips), options.epochs, folder)
    torch.save(tuned.state_dict(), folder / "backbone.pt")
    cosines = " | ".join(f"same / right at {c}" for c in COSINES)
    print(f"| embedder | pairs | ROC AUC | best accuracy | {cosines} | top-1 | top-2 | top-3 |")
    print("|---" * 10 + "|")
    print("\n".join(before + report(tuned, judged, f"{options.backbone}, after")))


if __name__ == "__main__":
    main()
