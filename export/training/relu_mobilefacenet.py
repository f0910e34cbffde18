"""foamliu's MobileFaceNet with its batch norms as a trainable backbone: ReLU, which ONNX Runtime folds into convolutions."""

import torch
from torch import Tensor, nn

from export.embedder.foamliu import MEAN, SOURCE, STAGES, STD
from export.training.halving import HalvingConv2d

FEATURES = 512
_WIDTHS = (64, 128, 128, 128, 128)
_WIDER = (2, 4, 2, 4, 2)
"""Channels inside a stage's blocks over those that enter them (Chen et al., "MobileFaceNets", CCBR 2018, table 1)."""
_SIDE = 7


def _convolution(
    inputs: int, outputs: int, kernel: int = 1, *, stride: int = 1, groups: int = 1
) -> nn.Conv2d:
    kind = HalvingConv2d if stride > 1 and groups > 1 else nn.Conv2d
    return kind(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)


def _unit(inputs: int, outputs: int, kernel: int = 1, *, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        _convolution(inputs, outputs, kernel, stride=stride, groups=groups),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Bottleneck(nn.Module):
    """Inverted residual (Sandler et al., CVPR 2018): widen, filter each channel, narrow linearly."""

    def __init__(self, inputs: int, outputs: int, wider: int, stride: int) -> None:
        super().__init__()
        middle = inputs * wider
        self.conv = nn.Sequential(
            _unit(inputs, middle),
            _unit(middle, middle, 3, stride=stride, groups=middle),
            _convolution(middle, outputs),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h', w')."""
        y: Tensor = self.conv(x)
        return x + y if self.shortcut else y


class ReluMobileFaceNet(nn.Module):
    """RGB 0..255 (n, 3, 112, 112) -> what it saw, (n, 1024): the mean of its last map and that map weighted by place.

    The modules have the names of the published state dict, less the layers from the embedding on.
    """

    def __init__(self) -> None:
        super().__init__()
        mean, std = (torch.tensor(numbers).view(1, 3, 1, 1) for numbers in (MEAN, STD))
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("std", std, persistent=False)
        self.conv1 = _unit(3, 64, 3, stride=2)
        self.dw_conv = nn.ModuleDict(
            {
                "depthwise": _convolution(64, 64, 3, groups=64),
                "bn1": nn.BatchNorm2d(64),
                "pointwise": _convolution(64, 64),
                "bn2": nn.BatchNorm2d(64),
            }
        )
        blocks, inputs = [], 64
        for (count, stride), width, wider in zip(STAGES, _WIDTHS, _WIDER, strict=True):
            for number in range(count):
                blocks.append(Bottleneck(inputs, width, wider, 1 if number else stride))
                inputs = width
        self.features = nn.Sequential(*blocks)
        self.conv2 = _unit(inputs, FEATURES)
        self.gdconv = nn.ModuleDict(
            {
                "depthwise": nn.Conv2d(FEATURES, FEATURES, _SIDE, groups=FEATURES, bias=False),
                "bn": nn.BatchNorm2d(FEATURES),
            }
        )

    def forward(self, x: Tensor) -> Tensor:
        """Features of pictures."""
        x = self.conv1((x - self.mean) / self.std)
        for convolution, norm in (("depthwise", "bn1"), ("pointwise", "bn2")):
            x = torch.relu(self.dw_conv[norm](self.dw_conv[convolution](x)))
        last = self.conv2(self.features(x))
        weighted = self.gdconv["bn"](self.gdconv["depthwise"](last))
        return torch.cat([last.mean((2, 3)), weighted.flatten(1)], 1)

    def stages(self) -> list[list[nn.Parameter]]:
        """Parameters from the input upwards in six stages, for layer-wise learning rates."""
        found = [[*self.conv1.parameters(), *self.dw_conv.parameters()]]
        first = 0
        for count, _ in STAGES:
            found.append([p for block in self.features[first : first + count] for p in block.parameters()])
            first += count
        return [*found[:-1], found[-1] + [*self.conv2.parameters(), *self.gdconv.parameters()]]


def pretrained() -> ReluMobileFaceNet:
    """The published weights. Raises FetchError where the file is not to be had."""
    state = torch.load(str(SOURCE.find()), map_location="cpu", weights_only=True)
    net = ReluMobileFaceNet()
    net.load_state_dict(
        {name: value for name, value in state.items() if not name.startswith(("conv3.", "bn."))}
    )
    return net
