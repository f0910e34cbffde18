"""The two networks: ResNet-18 (He et al., CVPR 2016) and a plain CNN of four convolutions, on 96-pixel grey pictures."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from studies.keypoints_cnn.points import POINTS, SIDE

_OUTPUTS = 2 * len(POINTS)
_HALF = SIDE / 2


class Block(nn.Module):
    """Two 3x3 convolutions around a shortcut, which is a 1x1 convolution where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else _project(inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h / stride, w / stride)."""
        return F.relu(self.body(x) + self.shortcut(x))


class ResNet18(nn.Module):
    """Grey pictures float32 (n, 1, 96, 96) in 0..255 -> points float32 (n, 15, 2) in pixels.

    The paper's 18 layers for one input channel. The last map (3x3) is not averaged but read by the dense layer:
    averaging throws away where on the face a feature stands, which is the question here.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(1, width, 7, 2, 3, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
        ]
        inputs = width
        for stage, factor in enumerate((1, 2, 4, 8)):
            layers += [
                Block(inputs, factor * width, 1 if stage == 0 else 2),
                Block(factor * width, factor * width, 1),
            ]
            inputs = factor * width
        self.layers = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(9 * inputs, _OUTPUTS))

    def forward(self, pictures: Tensor) -> Tensor:
        """Find the points."""
        return _to_points(self.head(self.layers(_to_unit(pictures))))


class PlainCNN(nn.Module):
    """Grey pictures float32 (n, 1, 96, 96) in 0..255 -> points float32 (n, 15, 2) in pixels.

    Four convolutions with max-pooling and one dense layer, as in the student project; batch norm lets it train from
    a learning rate that a short run needs.
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 1
        for factor in (1, 2, 4, 8):
            layers += [
                nn.Conv2d(inputs, factor * width, 3, 1, 1, bias=False),
                nn.BatchNorm2d(factor * width),
                nn.ReLU(),
                nn.MaxPool2d(2),
            ]
            inputs = factor * width
        self.layers = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(36 * inputs, _OUTPUTS))

    def forward(self, pictures: Tensor) -> Tensor:
        """Find the points."""
        return _to_points(self.head(self.layers(_to_unit(pictures))))


NETWORKS: dict[str, type[ResNet18 | PlainCNN]] = {"resnet18": ResNet18, "plain": PlainCNN}


def masked_error(predicted: Tensor, marked: Tensor) -> Tensor:
    """Mean squared error in px^2 over the marked coordinates only; `marked` is NaN where a point is unknown."""
    known = ~torch.isnan(marked)
    difference = torch.where(known, predicted - torch.nan_to_num(marked), 0.0)
    return difference.square().sum() / known.sum().clamp(min=1)


def _project(inputs: int, outputs: int, stride: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


def _to_unit(pictures: Tensor) -> Tensor:
    return pictures / 127.5 - 1


def _to_points(values: Tensor) -> Tensor:
    """The network's -1..1 -> pixels: 0 is the picture's middle."""
    points: Tensor = values.float().reshape(-1, len(POINTS), 2)
    return points * _HALF + (_HALF - 0.5)
