"""Train and judge a network: `python -m studies.keypoints_cnn resnet18 --epochs 40`.

Keeps checkpoint, log, loss curve and ONNX file in the cache under `runs/keypoints_<network>/`; prints the errors per point.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch

from export.cache import runs
from export.onnx_tools.sessions import Session
from studies.keypoints_cnn.faces import Faces, from_archive, from_kaggle
from studies.keypoints_cnn.networks import NETWORKS
from studies.keypoints_cnn.points import POINTS, Points, normalised_error, squared_error
from studies.keypoints_cnn.to_onnx import to_onnx
from studies.keypoints_cnn.train import marks, predict, still, train

_DEV_SHARE = 10  # one Kaggle line in ten is kept for judging


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=sorted(NETWORKS))
    parser.add_argument("--epochs", type=float, default=40)
    parser.add_argument(
        "--kaggle", type=Path, help="the competition's training.csv, instead of keypoints.zip"
    )
    parser.add_argument(
        "--width", type=int, help="channels of the first layer; the network's own unless given"
    )
    options = parser.parse_args()
    faces = _kaggle(options.kaggle) if options.kaggle else (from_archive("train"), from_archive("dev"))
    print(f"{len(faces[0])} faces to fit, {len(faces[1])} to judge; left out: {dict(faces[0].skipped)}")
    folder = runs(f"keypoints_{options.network}")
    network = train(options.network, faces, options.epochs, folder, width=options.width)
    model = to_onnx(network.cpu(), options.network)
    onnx.save(model, folder / "keypoints.onnx")
    answered = np.asarray(Session(model)({"image": still(faces[1])})["points"], np.float32)
    print(
        f"ONNX against torch {torch.__version__}: {np.abs(answered - predict(network, faces[1])).max():.4f} px"
    )
    np.save(folder / "dev_points.npy", answered)
    print(table(answered, marks(faces[1])))


def table(predicted: Points, marked: Points) -> str:
    """Errors per point as Markdown: px^2 at 96x96, and percent of the outer eye corners' distance."""
    squares, shares = squared_error(predicted, marked), normalised_error(predicted, marked) * 100
    lines = ["| point | MSE, px^2 at 96x96 | NME, % |", "|---|---|---|"]
    lines += [f"| {name} | {s:.2f} | {n:.2f} |" for name, s, n in zip(POINTS, squares, shares, strict=True)]
    lines.append(f"| **all** | **{np.nanmean(squares):.2f}** | **{np.nanmean(shares):.2f}** |")
    return "\n".join(lines)


def _kaggle(path: Path) -> tuple[Faces, Faces]:
    faces = from_kaggle(path)
    dev = np.arange(len(faces)) % _DEV_SHARE == 0
    return (
        Faces(faces.pictures[~dev], faces.points[~dev], faces.skipped),
        Faces(faces.pictures[dev], faces.points[dev], {}),
    )


if __name__ == "__main__":
    main()
