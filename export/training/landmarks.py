"""The five landmarks of every picture of a data set, found once and kept in the cache."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.datasets import Archive

Points = NDArray[np.float64]


def cache() -> Path:
    """Where checkpoints and landmarks are kept: `HEXAFACE_EXPORT_CACHE`, or ~/.cache/hexaface/training."""
    folder = Path(os.environ.get("HEXAFACE_EXPORT_CACHE", Path.home() / ".cache" / "hexaface")) / "training"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def landmarks(archive: Archive) -> dict[str, Points | None]:
    """Per member (5, 2) photo pixels in the order of `contracts.chips.TEMPLATE`, or None where no face was found."""
    path = cache() / f"{archive.name}.landmarks.npz"
    with np.load(path) as kept:
        names, points = kept["names"], kept["landmarks"]
    return {str(n): (p.astype(np.float64) if np.isfinite(p).all() else None) for n, p in zip(names, points, strict=True)}
