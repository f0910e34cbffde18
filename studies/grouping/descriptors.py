"""What face_recognition gives out for a face: the 128 numbers of dlib's network, compared by their Euclidean distance."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from export.cache import runs
from export.datasets import Archive
from export.faces import find_faces
from export.training import dlib_resnet
from serving.session import ModelInfo
from serving.windows import ChipWindow
from studies.grouping.faces import SETS

Descriptors = NDArray[np.float32]
"""(n, 128), of any length."""

_SIDE = 150
_BATCH = 32


def described(name: str) -> tuple[NDArray[np.str_], Descriptors]:
    """Who each face of one of SETS is, and its descriptor; computed once and kept in the cache.

    The network's weights are dlib's to 8 bits. Faces are found and aligned by our detector, to dlib's own frame.
    """
    file = _file(name)
    if not file.exists():
        archive, split = SETS[name]
        found = find_faces(Archive(archive), Archive(archive).rows(split))
        np.savez(file, people=found.column("person"), descriptors=describe(found.chips))
    with np.load(file, allow_pickle=False) as stored:
        return stored["people"], stored["descriptors"]


def describe(chips: NDArray[np.uint8]) -> Descriptors:
    """The descriptors of chips, (n, 256, 256, 3)."""
    cutter = ChipWindow(ModelInfo("dlib", "dlib", "0", "", window=dlib_resnet.WINDOW, size=(_SIDE, _SIDE)))
    weights = dlib_resnet.read_weights(dlib_resnet.MANIFEST.fetch(), dlib_resnet.WEIGHTS.fetch())
    net, last = dlib_resnet.assemble(weights).eval(), torch.from_numpy(weights["fc"])
    parts = []
    with torch.inference_mode():
        for start in range(0, len(chips), _BATCH):
            windows = np.stack([cutter.cut(chip) for chip in chips[start : start + _BATCH]])
            pixels = torch.from_numpy(windows).permute(0, 3, 1, 2).float()
            parts.append((net(pixels) @ last).numpy())
    return np.concatenate(parts)


def _file(name: str) -> Path:
    return runs("grouping") / f"dlib-{name.replace(' ', '-').lower()}.npz"
