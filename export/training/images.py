"""Training pictures as a network takes them."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from export.training.augment import Disturbance, crop
from export.training.faces import Faces


def images(
    faces: Faces,
    indices: Sequence[int],
    window: Sequence[float],
    size: int,
    disturbance: Disturbance,
    rng: np.random.Generator,
) -> Tensor:
    """Windows as float (n, 3, size, size) 0..255, channels last in memory, which is faster on a CPU."""
    crops = [crop(faces.pictures[i], faces.to_chip[i], window, size, disturbance, rng) for i in indices]
    pixels = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)
    return pixels.float().contiguous(memory_format=torch.channels_last)
