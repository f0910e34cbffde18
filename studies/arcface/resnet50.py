"""A ResNet-50-style face embedder: bottleneck blocks 3, 4, 6, 3 (He et al., CVPR 2016)."""

from torch import Tensor, nn
from torch.nn import functional as F

_STAGES = ((3, 1), (4, 2), (6, 2), (3, 2))
"""Blocks and the first block's stride; widths double from stage to stage."""
_EXPANSION = 4


class Bottleneck(nn.Module):
    """1x1 to a quarter, 3x3, 1x1 back, around a shortcut."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        outputs = _EXPANSION * width
        self.body = nn.Sequential(
            nn.Conv2d(inputs, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, stride, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, 4 * width, h / stride, w / stride)."""
        return F.relu(self.body(x) + self.shortcut(x))


class ResNet50(nn.Module):
    """RGB float32 (n, 3, 112, 112) in 0..255 -> embeddings float32 (n, dimensions), not normalised.

    The stem keeps the resolution (3x3, stride 1, as ArcFace's own backbones do for 112-pixel faces) and pools once.
    """

    def __init__(self, dimensions: int = 512, width: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(3, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]
        inputs = width
        for stage, (blocks, stride) in enumerate(_STAGES):
            for block in range(blocks):
                layers.append(Bottleneck(inputs, width << stage, stride if block == 0 else 1))
                inputs = _EXPANSION * (width << stage)
        self.layers = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Sequential(nn.Linear(inputs, dimensions), nn.BatchNorm1d(dimensions))

    def forward(self, pictures: Tensor) -> Tensor:
        """Embed each face."""
        embeddings: Tensor = self.head(self.layers((pictures - 127.5) / 128))
        return embeddings
