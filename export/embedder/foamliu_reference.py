"""foamliu's MobileFaceNet in torch on the original file, to compare the exported graph with."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from export.embedder.foamliu import MEAN, SOURCE, STAGES, STD


def expected(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Unit embeddings (n, 128) of RGB pictures (n, 112, 112, 3)."""
    w = torch.load(str(SOURCE.find()), map_location="cpu", weights_only=True)
    x = torch.from_numpy(((image.astype(np.float32) - MEAN) / STD).transpose(0, 3, 1, 2).astype(np.float32))
    with torch.inference_mode():
        return np.asarray(F.normalize(_forward(w, x)).numpy())


def _forward(w: Mapping[str, Tensor], x: Tensor) -> Tensor:
    x = F.relu(_convolved(w, "conv1.0", "conv1.1", x, 2, 1))
    x = F.relu(_convolved(w, "dw_conv.depthwise", "dw_conv.bn1", x, 1, 1))
    x = F.relu(_convolved(w, "dw_conv.pointwise", "dw_conv.bn2", x))
    strides = [stride if number == 0 else 1 for blocks, stride in STAGES for number in range(blocks)]
    for place, stride in enumerate(strides):
        prefix = f"features.{place}.conv"
        y = F.relu(_convolved(w, f"{prefix}.0.0", f"{prefix}.0.1", x))
        y = F.relu(_convolved(w, f"{prefix}.1.0", f"{prefix}.1.1", y, stride, 1))
        y = _convolved(w, f"{prefix}.2", f"{prefix}.3", y)
        x = x + y if y.shape == x.shape else y
    x = F.relu(_convolved(w, "conv2.0", "conv2.1", x))
    x = _convolved(w, "gdconv.depthwise", "gdconv.bn", x)
    x = F.conv2d(x, w["conv3.weight"], w["conv3.bias"]).flatten(1)
    return _norm(w, "bn", x)


def _convolved(
    w: Mapping[str, Tensor], convolution: str, norm: str, x: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    weight = w[f"{convolution}.weight"]
    groups = weight.shape[0] if weight.shape[1] == 1 else 1
    return _norm(w, norm, F.conv2d(x, weight, None, stride, padding, groups=groups))


def _norm(w: Mapping[str, Tensor], prefix: str, x: Tensor) -> Tensor:
    numbers = [w[f"{prefix}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
    return F.batch_norm(x, *numbers)
