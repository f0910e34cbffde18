"""The attributes net: a face-recognition backbone, one linear head per label block."""

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn

from export.training.dlib_resnet import FEATURES, DlibResNet

GENDERS = ("female", "male")
RACES = ("black", "east_asian", "indian", "latino_hispanic", "middle_eastern", "southeast_asian", "white")
AGES = 101
"""Whole years 0..100, as in DEX (Rothe et al., ICCV-W 2015)."""

BLOCKS: Mapping[str, int] = MappingProxyType(
    {"group": 9, "gender": 2, "race": 7, "service_test": 2, "age": AGES}
)
"""The concatenated one-hot blocks 9 | 2 | 7 | 2 of the multi-categorical loss, and the distribution over ages."""


class AttributesNet(nn.Module):
    """RGB 0..255 (n, 3, size, size) -> one tensor of logits per block."""

    def __init__(self, backbone: DlibResNet, dropout: float = 0.2) -> None:
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict({name: nn.Linear(FEATURES, width) for name, width in BLOCKS.items()})
        for head in self.heads.values():
            nn.init.normal_(head.weight, std=0.01)  # type: ignore[arg-type]  # ModuleDict forgets that these are Linear
            nn.init.zeros_(head.bias)  # type: ignore[arg-type]  # as above

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Logits by block."""
        features = self.dropout(self.backbone(image))
        return {name: head(features) for name, head in self.heads.items()}


def expectation(age_logits: Tensor) -> Tensor:
    """The mean of the age distribution in years: (n, 101) -> (n,)."""
    years = torch.arange(AGES, dtype=torch.float32, device=age_logits.device)
    return age_logits.float().softmax(1) @ years
