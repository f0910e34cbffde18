"""The attributes net: a face-recognition backbone, a perceptron and one linear head per label block."""

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn

from export.training.mobilefacenet import FEATURES, MobileFaceNet
from export.training.relu_mobilefacenet import ReluMobileFaceNet

GENDERS = ("female", "male")
RACES = ("black", "east_asian", "indian", "latino_hispanic", "middle_eastern", "southeast_asian", "white")
AGES = 101
"""Whole years 0..100, as in DEX (Rothe et al., ICCV-W 2015)."""

BLOCKS: Mapping[str, int] = MappingProxyType(
    {"group": 9, "gender": 2, "race": 7, "service_test": 2, "age": AGES}
)
"""The concatenated one-hot blocks 9 | 2 | 7 | 2 of the multi-categorical loss, and the distribution over ages."""


def heads(features: int) -> nn.ModuleDict:
    """A linear head per block, starting near zero: no block may shake the backbone in the first steps."""
    made = nn.ModuleDict()
    for name, width in BLOCKS.items():
        head = nn.Linear(features, width)
        nn.init.normal_(head.weight, std=0.01)
        nn.init.zeros_(head.bias)
        made[name] = head
    return made


class Perceptron(nn.Module):
    """Features of the backbone (n, 1024) -> logits per block.

    The features are the mean of MobileFaceNet's last map and its 512 numbers before the embedding: the embedding
    itself was taught to forget what does not tell people apart, age above all.
    """

    def __init__(self, width: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(2 * FEATURES))
        self.register_buffer("deviation", torch.ones(2 * FEATURES))
        parts: list[nn.Module] = [nn.Dropout(dropout / 2)]
        inputs = 2 * FEATURES
        for _ in range(layers):
            parts += [
                nn.Linear(inputs, width),
                nn.BatchNorm1d(width),
                nn.PReLU(width),
                nn.Dropout(dropout),
            ]
            inputs = width
        self.trunk = nn.Sequential(*parts)
        self.heads = heads(inputs)

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        """Logits by block."""
        return self.from_features(features)

    def from_features(self, features: Tensor) -> dict[str, Tensor]:
        """Logits by block from features."""
        hidden = self.trunk((features - self.mean) / self.deviation)
        return {name: head(hidden) for name, head in self.heads.items()}

    def standardise(self, features: Tensor) -> None:
        """Fix the features' scale from those of the training faces."""
        self.mean.copy_(features.mean(0))
        self.deviation.copy_(features.std(0).clamp(min=1e-3))


class AttributesNet(Perceptron):
    """RGB 0..255 (n, 3, 112, 112) -> logits per block: the perceptron with its backbone."""

    def __init__(self, backbone: MobileFaceNet, width: int, layers: int, dropout: float) -> None:
        super().__init__(width, layers, dropout)
        self.backbone = backbone

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Logits by block."""
        return self.from_features(self.features(image))

    def features(self, image: Tensor) -> Tensor:
        """What the perceptron sees, (n, 1024)."""
        last = self.backbone.last(self.backbone.maps(image))
        mixed = self.backbone.mix(self.backbone.whole(last))
        return torch.cat([last.mean((2, 3)), mixed.flatten(1)], 1)


class TaughtNet(Perceptron):
    """The same on the backbone with ReLU and batch norms, which is taught whole."""

    def __init__(self, backbone: ReluMobileFaceNet, width: int, layers: int, dropout: float) -> None:
        super().__init__(width, layers, dropout)
        self.backbone = backbone

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Logits by block."""
        return self.from_features(self.backbone(image))


def expectation(age_logits: Tensor) -> Tensor:
    """The mean of the age distribution in years: (n, 101) -> (n,)."""
    years = torch.arange(AGES, dtype=torch.float32, device=age_logits.device)
    return age_logits.float().softmax(1) @ years
