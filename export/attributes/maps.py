"""What enters the trainable stage, computed once per face and view: most of a step's work is then done already."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from export.attributes import config
from export.training.augment import STILL, Disturbance, crop
from export.training.faces import Faces
from export.training.mobilefacenet import MobileFaceNet

_CHUNK = 32
SHAPE = (14, 14, 128)

Maps = NDArray[np.float16]


def images(
    faces: Faces, indices: Sequence[int], disturbance: Disturbance, rng: np.random.Generator
) -> Tensor:
    """Windows as float (n, 3, size, size), channels last in memory, which is faster on a CPU."""
    crops = [
        crop(faces.pictures[i], faces.to_chip[i], config.WINDOW, config.SIZE, disturbance, rng)
        for i in indices
    ]
    pixels = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)
    return pixels.float().contiguous(memory_format=torch.channels_last)


def views(backbone: MobileFaceNet, faces: Faces, folder: Path, count: int = config.VIEWS) -> list[Maps]:
    """`count` disturbed views of each face: float16 (faces, 14 * 14 * 128) files in `folder`, mapped into memory."""
    return [
        _view(backbone, faces, folder / f"view{v}.npy", config.DISTURBANCE, np.random.default_rng((5, v)))
        for v in range(count)
    ]


def still(backbone: MobileFaceNet, faces: Faces, path: Path) -> Maps:
    """The undisturbed view."""
    return _view(backbone, faces, path, STILL, np.random.default_rng(0))


def tensor(maps: Maps, indices: Sequence[int]) -> Tensor:
    """The maps of some faces, float (n, 128, 14, 14), channels last in memory."""
    chosen = torch.from_numpy(np.stack([maps[i] for i in indices])).float()
    return chosen.view(-1, *SHAPE).permute(0, 3, 1, 2)


def _view(
    backbone: MobileFaceNet, faces: Faces, path: Path, disturbance: Disturbance, rng: np.random.Generator
) -> Maps:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        size = int(np.prod(SHAPE))
        maps = np.lib.format.open_memmap(partial, "w+", np.float16, (len(faces), size))
        for first in range(0, len(faces), _CHUNK):
            chosen = range(first, min(len(faces), first + _CHUNK))
            with torch.autocast("cpu", torch.bfloat16):
                found = backbone.maps(images(faces, chosen, disturbance, rng))
            maps[chosen.start : chosen.stop] = found.float().permute(0, 2, 3, 1).reshape(-1, size).numpy()
        maps.flush()
        partial.replace(path)
    kept: Maps = np.load(path, mmap_mode="r")
    return kept
