"""Draw risk against coverage of the points' confidence: `python -m studies.evidence.confidence` writes the picture of docs/keypoints.md."""

from pathlib import Path

import matplotlib as mpl
import numpy as np

from export.keypoints.faces import Finder
from export.keypoints.reliability import Judged, judge
from export.keypoints.source import canonical_face
from export.keypoints.trust import risk_at_coverage
from export.onnx_tools.sessions import Session
from export.publish import MODELS

mpl.use("Agg")
from matplotlib import pyplot as plt  # after the choice of how to draw

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "images" / "keypoints-confidence.png"


def main() -> None:
    """Judge HELEN's test part and draw."""
    draw(judge(Session(MODELS / "keypoints.onnx"), Finder(), canonical_face()), PICTURE)


def draw(judged: Judged, path: Path) -> None:
    """Two panels: the mean NME of the faces that are kept, and how often points are right by how sure they were said to be."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    kept = 100 * np.arange(1, len(judged.errors) + 1) / len(judged.errors)
    for label, order in (
        ("confidence", judged.confidences),
        ("presence", judged.presences),
        ("the error itself", -judged.errors),
    ):
        left.plot(kept, 100 * risk_at_coverage(order, judged.errors), label=label)
    left.set(xlabel="faces kept, surest first, %", ylabel="mean NME of the kept, %", ylim=(0, None))
    left.legend()
    parts = np.array_split(np.argsort(judged.confidences), 10)
    right.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    right.plot(
        [judged.confidences[part].mean() for part in parts],
        [(~judged.failed[part]).mean() for part in parts],
        "o-",
    )
    right.set(xlabel="confidence, tenths of the faces", ylabel="share with NME at most 8 %")
    figure.savefig(path, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    main()
