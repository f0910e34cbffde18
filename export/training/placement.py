"""Where the product's detector sees the face of every picture of a data set, found once and kept in a cache."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.cache import folder
from export.datasets import Archive
from export.faces import detect_all, most_central

_CHUNK = 500


def transforms(archive: Archive) -> dict[str, NDArray[np.float64] | None]:
    """Per member the 2x3 map from photo to chip, or None where the detector found no face.

    The first call looks at every picture (about 30 ms each on one core).
    """
    path = folder("placements") / f"{archive.name}.transforms.npz"
    if not path.exists():
        _write(archive, path)
    with np.load(path) as kept:
        names, values = kept["names"], kept["transforms"]
    return {
        str(n): (v.reshape(2, 3) if np.isfinite(v).all() else None)
        for n, v in zip(names, values, strict=True)
    }


def _write(archive: Archive, path: Path) -> None:
    names = [row["file"] for row in archive.labels]
    values = np.full((len(names), 6), np.nan)
    for first in range(0, len(names), _CHUNK):
        chunk = names[first : first + _CHUNK]
        for index, reply in enumerate(detect_all(archive.read(name) for name in chunk)):
            if reply.faces:
                values[first + index] = reply.faces[most_central(reply)].transform
        print(f"{archive.name}: {min(first + _CHUNK, len(names))} of {len(names)} pictures placed")
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, names=np.asarray(names), transforms=values)
    partial.replace(path)
