"""The attributes net: a face-recognition backbone, one linear head per label block."""

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn

from export.training.mobilefacenet import FEATURES, MobileFaceNet

GENDERS = ("female", "male")
RACES = ("black", "east_asian", "indian", "latino_hispanic", "middle_eastern", "southeast_asian", "white")
AGES = 101
"""Whole years 0..100, as in DEX (Rothe et al., ICCV-W 2015)."""

BLOCKS: Mapping[str, int] = MappingProxyType(
    {"group": 9, "gender": 2, "race": 7, "service_test": 2, "age": AGES}
)
"""The concatenated one-hot blocks 9 | 2 | 7 | 2 of the multi-categorical loss, and the distribution over ages."""


class AttributesNet(nn.Module):
    """RGB 0..255 (n, 3, 112, 112) -> one tensor of logits per block."""

    def __init__(self, backbone: MobileFaceNet, dropout: float = 0.3) -> None:
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("deviation", torch.ones(FEATURES))
        self.heads = nn.ModuleDict({name: nn.Linear(FEATURES, width) for name, width in BLOCKS.items()})
        for head in self.heads.values():
            nn.init.normal_(head.weight, std=0.01)  # type: ignore[arg-type]  # ModuleDict forgets that these are Linear
            nn.init.zeros_(head.bias)  # type: ignore[arg-type]  # as above

    def standardise(self, maps: Tensor) -> None:
        """Fix the features' scale from the maps of some faces: the backbone has no batch norms to do it."""
        with torch.no_grad():
            features = self.backbone.top(maps).float()
            self.mean.copy_(features.mean(0))
            self.deviation.copy_(features.std(0).clamp(min=1e-3))

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Logits by block."""
        return self.from_maps(self.backbone.maps(image))

    def from_maps(self, maps: Tensor) -> dict[str, Tensor]:
        """Logits by block from what enters the trainable last stage, (n, 128, 14, 14)."""
        features = (self.backbone.top(maps).float() - self.mean) / self.deviation
        features = self.dropout(features)
        return {name: head(features) for name, head in self.heads.items()}


def expectation(age_logits: Tensor) -> Tensor:
    """The mean of the age distribution in years: (n, 101) -> (n,)."""
    years = torch.arange(AGES, dtype=torch.float32, device=age_logits.device)
    return age_logits.float().softmax(1) @ years
