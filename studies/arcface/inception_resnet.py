"""An Inception-ResNet-style face embedder: parallel kernels around a shortcut (Szegedy et al., arXiv:1602.07261, v1).

The block layout follows the paper's Inception-ResNet-v1 (5 A, 10 B, 5 C and two reductions); channel counts
are its own times `scale`, so that a small one trains where there is no GPU.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Kernel = int | tuple[int, int]
Branches = Sequence[Sequence[tuple[int, Kernel]]]
"""Chains of convolutions side by side: (channels, kernel) each."""


class Convolution(nn.Sequential):
    """Convolution, batch norm, ReLU; the size is kept at stride 1."""

    def __init__(self, inputs: int, outputs: int, kernel: Kernel, stride: int = 1) -> None:
        height, width = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = (height // 2, width // 2)
        super().__init__(
            nn.Conv2d(inputs, outputs, (height, width), stride, padding, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )


class Residual(nn.Module):
    """Branches side by side, joined by a 1x1 convolution whose result is scaled down and added to the input."""

    def __init__(self, channels: int, branches: Branches, damping: float) -> None:
        super().__init__()
        self.branches = nn.ModuleList(_chain(channels, branch) for branch in branches)
        self.join = nn.Conv2d(sum(branch[-1][0] for branch in branches), channels, 1)
        self.damping = damping

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels, h, w) -> the same shape."""
        joined = self.join(torch.cat([branch(x) for branch in self.branches], 1))
        return F.relu(x + self.damping * joined)


class Reduction(nn.Module):
    """Halve the map: strided branches beside a max-pooling, concatenated."""

    def __init__(self, channels: int, branches: Branches) -> None:
        super().__init__()
        self.branches = nn.ModuleList(_chain(channels, branch, last_stride=2) for branch in branches)
        self.outputs = channels + sum(branch[-1][0] for branch in branches)

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels, h, w) -> (n, outputs, h / 2, w / 2)."""
        return torch.cat([F.max_pool2d(x, 3, 2, 1), *(branch(x) for branch in self.branches)], 1)


class InceptionResNet(nn.Module):
    """RGB float32 (n, 3, 112, 112) in 0..255 -> embeddings float32 (n, dimensions), not normalised."""

    def __init__(self, dimensions: int = 512, scale: float = 1.0) -> None:
        super().__init__()

        def n(channels: int) -> int:
            return max(8, round(channels * scale / 8) * 8)

        stem = [Convolution(3, n(32), 3, 2), Convolution(n(32), n(64), 3), Convolution(n(64), n(256), 3, 2)]
        a: Branches = [[(n(32), 1)], [(n(32), 1), (n(32), 3)], [(n(32), 1), (n(32), 3), (n(32), 3)]]
        first = Reduction(n(256), [[(n(384), 3)], [(n(192), 1), (n(192), 3), (n(256), 3)]])
        b: Branches = [[(n(128), 1)], [(n(128), 1), (n(128), (1, 7)), (n(128), (7, 1))]]
        narrow = [
            [(n(256), 1), (n(384), 3)],
            [(n(256), 1), (n(256), 3)],
            [(n(256), 1), (n(256), 3), (n(256), 3)],
        ]
        second = Reduction(first.outputs, narrow)
        c: Branches = [[(n(192), 1)], [(n(192), 1), (n(192), (1, 3)), (n(192), (3, 1))]]
        self.layers = nn.Sequential(
            *stem,
            # Dampings: the paper's section 3.3, as published weights use.
            *(Residual(n(256), a, 0.17) for _ in range(5)),
            first,
            *(Residual(first.outputs, b, 0.10) for _ in range(10)),
            second,
            *(Residual(second.outputs, c, 0.20) for _ in range(5)),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(0.2),
        )
        self.head = nn.Sequential(nn.Linear(second.outputs, dimensions), nn.BatchNorm1d(dimensions))

    def forward(self, pictures: Tensor) -> Tensor:
        """Embed each face."""
        embeddings: Tensor = self.head(self.layers((pictures - 127.5) / 128))
        return embeddings


def _chain(inputs: int, steps: Sequence[tuple[int, Kernel]], last_stride: int = 1) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index, (outputs, kernel) in enumerate(steps):
        layers.append(Convolution(inputs, outputs, kernel, last_stride if index == len(steps) - 1 else 1))
        inputs = outputs
    return nn.Sequential(*layers)
