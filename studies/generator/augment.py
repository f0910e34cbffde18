"""Differentiable augmentation: the discriminator only ever sees colour-shifted, moved and cut pictures.

DiffAugment (Zhao et al., arXiv:2006.10738), with its strengths: the same kinds of change fall on real and
drawn pictures and gradients pass through, so that a few thousand faces last longer before they are learned by heart.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def augment(pictures: Tensor, shift: float, cut: float) -> Tensor:
    """Change each picture of float32 (n, 3, h, w) in -1..1 at random: mirror, colour, shift, cutout.

    `shift` is the furthest move and `cut` the side of the square that goes missing, as shares of the side
    (the paper: 1/8 and 1/2; 0 leaves one out).
    """
    changed = _colour(_mirror(pictures))
    if shift > 0:
        changed = _shift(changed, shift)
    return _cutout(changed, cut) if cut > 0 else changed


def _mirror(x: Tensor) -> Tensor:
    flip = torch.rand(len(x), 1, 1, 1) < 0.5  # noqa: PLR2004  # a coin
    return torch.where(flip, x.flip(3), x)


def _colour(x: Tensor) -> Tensor:
    """Brightness +-.25, saturation 0.5..1.5, contrast .75..1.25: half of the paper's brightness and contrast."""
    x = x + (torch.rand(len(x), 1, 1, 1) - 0.5) * 0.5
    grey = x.mean(1, keepdim=True)
    x = (x - grey) * (torch.rand(len(x), 1, 1, 1) + 0.5) + grey
    mean = x.mean((1, 2, 3), keepdim=True)
    return (x - mean) * (torch.rand(len(x), 1, 1, 1) * 0.5 + 0.75) + mean


def _shift(x: Tensor, share: float) -> Tensor:
    """Move each picture; what comes in is grey."""
    side = x.shape[-1]
    reach = round(side * share)
    padded = F.pad(x, (reach,) * 4)
    dx = torch.randint(0, 2 * reach + 1, (len(x), 1, 1))
    dy = torch.randint(0, 2 * reach + 1, (len(x), 1, 1))
    rows = torch.arange(side)[None, :, None] + dy
    columns = torch.arange(side)[None, None, :] + dx
    picture = torch.arange(len(x))[:, None, None]
    return padded.permute(0, 2, 3, 1)[picture, rows, columns].permute(0, 3, 1, 2)


def _cutout(x: Tensor, share: float) -> Tensor:
    """Grey out one square per picture, partly outside at times."""
    side = x.shape[-1]
    half = side * share / 2
    centre = torch.rand(len(x), 2, 1, 1) * side
    index = torch.arange(side)
    rows = (index[None, :, None] - centre[:, 0]).abs() < half
    columns = (index[None, None, :] - centre[:, 1]).abs() < half
    return x * (~(rows & columns))[:, None].to(x.dtype)
