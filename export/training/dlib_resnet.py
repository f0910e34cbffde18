"""dlib's face-recognition ResNet with its batch norms folded, from face-api's weights, as a trainable backbone."""

import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from export.packages import PackagedFile

# Davis King's dlib_face_recognition_resnet_model_v1 (public domain), uint8-quantised by face-api (MIT package).
MANIFEST = PackagedFile(
    "npm",
    "@vladmandic/face-api",
    "1.7.15",
    "package/model/face_recognition_model-weights_manifest.json",
    "cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b",
)
WEIGHTS = PackagedFile(
    "npm",
    "@vladmandic/face-api",
    "1.7.15",
    "package/model/face_recognition_model.bin",
    "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589",
)
# The mean colour and scale that dlib's input layer takes off (dlib/dnn/input.h, input_rgb_image_sized<150>).
MEAN, SCALE = (122.782, 117.001, 104.298), 256.0
WINDOW = (27, 55, 228, 256)
"""dlib's chip (150 pixels, padding 0.25) expressed in our chip: its eyes lie at (48, 47) and (100, 47) of 150."""
FEATURES = 256
_BLOCKS = (
    *("conv32_1", "conv32_2", "conv32_3"),
    *("conv64_down", "conv64_1", "conv64_2", "conv64_3"),
    *("conv128_down", "conv128_1", "conv128_2"),
    *("conv256_down", "conv256_1", "conv256_2", "conv256_down_out"),
)

Weights = dict[str, NDArray[np.float32]]


class Residual(nn.Module):
    """Two 3x3 convolutions around a shortcut; a `down` block halves the map and widens with zeros, as dlib does."""

    def __init__(self, inputs: int, outputs: int, *, down: bool) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, 2 if down else 1, 0 if down else 1)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.down = down

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h', w')."""
        y: Tensor = self.second(F.relu(self.first(x)))
        if self.down:
            x = F.avg_pool2d(x, 2, 2)
            y = F.pad(y, (0, int(x.shape[3]) - int(y.shape[3]), 0, int(x.shape[2]) - int(y.shape[2])))
            x = F.pad(x, (0, 0, 0, 0, 0, int(y.shape[1]) - int(x.shape[1])))
        return F.relu(x + y)


class DlibResNet(nn.Module):
    """RGB 0..255 (n, 3, size, size) -> features (n, 256): the mean over the last map."""

    def __init__(self, frozen: int = 0) -> None:
        """`frozen` stages from the input upwards keep their weights and cost no backward pass."""
        super().__init__()
        self.frozen = frozen
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.stem = nn.Conv2d(3, 32, 7, 2)
        blocks, width = [], 32
        for name in _BLOCKS:
            outputs = int(name.removeprefix("conv").split("_")[0])
            blocks.append(Residual(width, outputs, down="down" in name))
            width = outputs
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        """Features before dlib's last linear layer."""
        y: Tensor = self.blocks[-1](self.maps(x))
        return y.mean((2, 3))

    def enter(self, x: Tensor) -> Tensor:
        """The stem's map of normalised pictures; a stem for grey pictures holds the normalisation in its weights."""
        y: Tensor = self.stem((x - self.mean) / SCALE if self.stem.in_channels > 1 else x)
        return y

    def read_grey(self) -> None:
        """Take (n, 1, size, size) from now on, with the answers that three equal channels would give."""
        weight, mean = self.stem.weight.detach() / SCALE, self.mean.flatten()
        grey = nn.Conv2d(1, self.stem.out_channels, 7, 2)
        grey.weight = nn.Parameter(weight.sum(1, keepdim=True))
        grey.bias = nn.Parameter(self.stem.bias.detach() - weight.sum((2, 3)) @ mean)
        self.stem = grey

    def maps(self, x: Tensor) -> Tensor:
        """The map before the last block: (n, 256, 3, 3) for 112 pixels."""
        still = self.frozen_blocks()
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.frozen == 0):
            x = F.max_pool2d(F.relu(self.enter(x)), 3, 2)
            x = self.blocks[:still](x)
        y: Tensor = self.blocks[still:-1](x)
        return y

    def frozen_blocks(self) -> int:
        """How many residual blocks belong to the frozen stages."""
        starts = [i for i, name in enumerate(_BLOCKS) if name.endswith("_down")]
        return 0 if self.frozen < 2 else starts[self.frozen - 2]  # noqa: PLR2004  # stage 0 is the stem

    def stages(self) -> list[list[nn.Parameter]]:
        """Parameters from the input upwards in five stages, for layer-wise learning rates."""
        found: list[list[nn.Parameter]] = [list(self.stem.parameters()), [], [], [], []]
        stage = 1
        for name, block in zip(_BLOCKS, self.blocks, strict=True):
            if name.endswith("_down"):
                stage += 1
            found[stage] += list(block.parameters())
        return found[self.frozen :]


def pretrained(frozen: int = 0) -> DlibResNet:
    """The published weights. Raises FetchError when the package is out of reach."""
    return assemble(read_weights(MANIFEST.fetch(), WEIGHTS.fetch()), frozen)


def assemble(weights: Weights, frozen: int = 0) -> DlibResNet:
    """Fold dlib's per-channel scale layers into the convolutions."""
    net = DlibResNet(frozen)
    _fill(net.stem, weights, "conv32_down")
    for name, block in zip(_BLOCKS, net.blocks, strict=True):
        _fill(block.first, weights, f"{name}/conv1")
        _fill(block.second, weights, f"{name}/conv2")
    return net


def read_weights(manifest: Path, binary: Path) -> Weights:
    """Decode TensorFlow.js weights: uint8 with a scale and a minimum per tensor (tfjs-core, io_utils.decodeWeights)."""
    data, offset, weights = binary.read_bytes(), 0, {}
    for entry in json.loads(manifest.read_text())[0]["weights"]:
        quantization = entry.get("quantization")
        dtype = np.uint8 if quantization else np.float32
        count = int(np.prod(entry["shape"]))
        values = np.frombuffer(data, dtype, count, offset).astype(np.float32)
        offset += count * np.dtype(dtype).itemsize
        if quantization:
            values = values * np.float32(quantization["scale"]) + np.float32(quantization["min"])
        weights[entry["name"]] = values.reshape(entry["shape"])
    return weights


def _fill(layer: nn.Conv2d, weights: Weights, name: str) -> None:
    scale = weights[f"{name}/scale/weights"]
    kernel = weights[f"{name}/conv/filters"].transpose(3, 2, 0, 1) * scale[:, None, None, None]
    bias = weights[f"{name}/conv/bias"] * scale + weights[f"{name}/scale/biases"]
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(kernel)))
        if layer.bias is not None:
            layer.bias.copy_(torch.from_numpy(bias))
