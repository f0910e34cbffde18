"""The 15 points against 300-W's marks on HELEN's test part."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.datasets import Archive
from export.keypoints.faces import Finder, marked_points, read_faces, run
from export.keypoints.readout import NAMES, nearest_matrix, outer_eye_distance
from export.onnx_tools.sessions import Session

KAGGLE_SCALE = 96 / 256  # keypoints.zip's pictures are 256 pixels wide, Kaggle's 96


@dataclass(frozen=True)
class PointErrors:
    """Errors of one way to find the points, over faces and points."""

    normalised: NDArray[np.float64]
    """(faces, 15): distance over the marked distance of the outer eye corners."""
    squared: NDArray[np.float64]
    """(faces, 15, 2): squared error of x and y, in pixels of a 96-pixel picture."""

    @property
    def nme(self) -> float:
        """Normalised mean error, %."""
        return float(100 * self.normalised.mean())

    @property
    def mse_96(self) -> float:
        """Mean squared error of a coordinate at 96x96, px^2: Kaggle's measure before its square root."""
        return float(self.squared.mean())


def errors(found: NDArray[np.float64], marked: NDArray[np.float64]) -> PointErrors:
    """Compare points (n, 15, 2) in pixels of keypoints.zip's pictures."""
    width = outer_eye_distance(marked)
    distance = np.linalg.norm(found - marked, axis=2)
    return PointErrors(distance / width[:, None], ((found - marked) * KAGGLE_SCALE) ** 2)


def measure_points(session: Session, finder: Finder) -> tuple[dict[str, float], str]:
    """Metrics and a Markdown table: the readout against the nearest mesh points alone."""
    archive = Archive("keypoints")
    rows = archive.rows("dev")
    faces = read_faces(archive, rows, finder)
    outputs = list(run(session, [face.chip for _, face in faces]))
    marked = np.stack([marked_points(row, NAMES) for row, _ in faces])
    nearest = nearest_matrix(outputs[0]["mesh"].shape[0])

    def in_picture(points: Sequence[NDArray[np.floating]]) -> NDArray[np.float64]:
        return np.stack(
            [face.transform.inverse().apply(p.tolist()) for (_, face), p in zip(faces, points, strict=True)]
        )

    plain = [(output["mesh"][:, :2].reshape(-1) @ nearest).reshape(-1, 2) for output in outputs]
    readout, raw = (errors(in_picture(p), marked) for p in ([output["points"] for output in outputs], plain))
    metrics = {
        "faces_found": round(len(faces) / len(rows), 4),
        "nme_15_percent": round(readout.nme, 3),
        "mse_96_px2": round(readout.mse_96, 3),
    }
    return metrics, _table(readout, raw, len(faces))


def _table(readout: PointErrors, raw: PointErrors, count: int) -> str:
    lines = [
        f"### Points: HELEN's test part, {count} faces as the detector found them",
        "",
        "Distance to 300-W's mark, % of the distance between the outer eye corners; MSE in px^2 at 96x96.",
        "",
        "| point | readout | nearest mesh points |",
        "|---|---|---|",
    ]
    means = zip(NAMES, readout.normalised.mean(axis=0), raw.normalised.mean(axis=0), strict=True)
    lines += [f"| {name} | {100 * a:.2f} | {100 * b:.2f} |" for name, a, b in means]
    lines += [
        f"| **all (NME)** | **{readout.nme:.2f}** | {raw.nme:.2f} |",
        f"| median face | {100 * np.median(readout.normalised.mean(axis=1)):.2f} | {100 * np.median(raw.normalised.mean(axis=1)):.2f} |",
        f"| 95th percentile of faces | {100 * np.quantile(readout.normalised.mean(axis=1), 0.95):.2f} | {100 * np.quantile(raw.normalised.mean(axis=1), 0.95):.2f} |",
        f"| **MSE at 96x96** | **{readout.mse_96:.2f}** | {raw.mse_96:.2f} |",
    ]
    return "\n".join(lines)
