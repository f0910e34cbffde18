"""The attributes net: dlib's face-recognition ResNet, a perceptron on its last map and one linear head per label block."""

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn

from export.training.dlib_resnet import FEATURES, DlibResNet

GENDERS = ("female", "male")
RACES = ("black", "east_asian", "indian", "latino_hispanic", "middle_eastern", "southeast_asian", "white")
AGES = 101
"""Whole years 0..100, as in DEX (Rothe et al., ICCV-W 2015)."""

BLOCKS: Mapping[str, int] = MappingProxyType({"group": 9, "gender": 2, "race": 7, "age": AGES})
"""The one-hot blocks of the multi-categorical loss, and the distribution over ages."""
MAP = 3
"""Side of the last map at 112 pixels, once dlib's final block is taken off."""
WIDTH, DROPOUT = 512, 0.4
"""Of the perceptron; two layers were no better on frozen features (docs/training/attributes.md)."""


class AttributesNet(nn.Module):
    """RGB 0..255 (n, 3, 112, 112) -> logits per block.

    The perceptron sees the whole 3x3 map rather than its mean: hair, beard and jaw have their places in a chip.
    """

    def __init__(self, backbone: DlibResNet) -> None:
        super().__init__()
        self.backbone = backbone
        self.trunk = nn.Sequential(
            nn.Dropout(DROPOUT / 2),
            nn.Linear(FEATURES * MAP * MAP, WIDTH),
            nn.BatchNorm1d(WIDTH),
            nn.ReLU(),
            nn.Dropout(DROPOUT),
        )
        self.heads = heads(WIDTH)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Logits by block."""
        hidden = self.trunk(self.backbone.maps(image).flatten(1))
        return {name: head(hidden) for name, head in self.heads.items()}


def heads(features: int) -> nn.ModuleDict:
    """A linear head per block, starting near zero: no block may shake the backbone in the first steps."""
    made = nn.ModuleDict()
    for name, width in BLOCKS.items():
        head = nn.Linear(features, width)
        nn.init.normal_(head.weight, std=0.01)
        nn.init.zeros_(head.bias)
        made[name] = head
    return made


def expectation(age_logits: Tensor) -> Tensor:
    """The mean of the age distribution in years: (n, 101) -> (n,)."""
    years = torch.arange(AGES, dtype=torch.float32, device=age_logits.device)
    return age_logits.float().softmax(1) @ years
