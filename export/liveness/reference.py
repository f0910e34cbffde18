"""The liveness networks in torch and onnxruntime on the original files, to compare the fused graph with."""

from collections.abc import Mapping

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from export.liveness import minifasnet
from export.liveness.graph import NEAR, SQUARE, WIDE
from export.onnx_tools.sessions import Tensors

_DOWN = {"conv_23", "conv_34", "conv_45"}


def expected(inputs: Tensors) -> dict[str, NDArray[np.float32]]:
    """What `real` should be: the mean of the first two, and where there is a third the mean of that and it."""
    near, wide = (_silent(file.find(), inputs[name]) for file, name in ((NEAR, "near"), (WIDE, "wide")))
    if "square" not in inputs:
        return {"real": np.asarray((near + wide) / 2, np.float32)}
    session = onnxruntime.InferenceSession(str(SQUARE.find()), providers=["CPUExecutionProvider"])
    planes = inputs["square"].transpose(0, 3, 1, 2).astype(np.float32) / 255
    (logits,) = session.run(None, {session.get_inputs()[0].name: planes})
    square = torch.from_numpy(logits).softmax(1)[:, 0].numpy()
    return {"real": (near + wide) / 4 + square / 2}


def _silent(path: object, image: NDArray[np.uint8]) -> NDArray[np.float32]:
    weights = torch.load(str(path), map_location="cpu", weights_only=True)
    named = {name.removeprefix("module."): value for name, value in weights.items()}
    planes = torch.from_numpy(image[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32))
    with torch.inference_mode():
        return np.asarray(forward(named, planes).softmax(1)[:, minifasnet.REAL].numpy())


def forward(w: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """Logits (n, 3) of BGR 0..255 (n, 3, 80, 80), by functional calls on the state dictionary `w`."""
    x = _unit(w, "conv1", x, stride=2, padding=1)
    x = _unit(w, "conv2_dw", x, padding=1)
    for prefix in ("conv_23", "conv_3", "conv_34", "conv_4", "conv_45", "conv_5"):
        if prefix in _DOWN:
            x = _block(w, prefix, x, stride=2)
            continue
        place = 0
        while f"{prefix}.model.{place}.conv.conv.weight" in w:
            x = x + _block(w, f"{prefix}.model.{place}", x)
            place += 1
    x = _unit(w, "conv_6_dw", _unit(w, "conv_6_sep", x))
    return F.linear(_norm(w, "bn", F.linear(x.flatten(1), w["linear.weight"])), w["prob.weight"])


def _block(w: Mapping[str, Tensor], prefix: str, x: Tensor, stride: int = 1) -> Tensor:
    y = _unit(w, f"{prefix}.conv_dw", _unit(w, f"{prefix}.conv", x), stride=stride, padding=1)
    y = _unit(w, f"{prefix}.project", y)
    if f"{prefix}.se_module.fc1.weight" not in w:
        return y
    se = f"{prefix}.se_module"
    z = F.relu(_norm(w, f"{se}.bn1", F.conv2d(F.adaptive_avg_pool2d(y, 1), w[f"{se}.fc1.weight"])))
    return y * _norm(w, f"{se}.bn2", F.conv2d(z, w[f"{se}.fc2.weight"])).sigmoid()


def _unit(w: Mapping[str, Tensor], prefix: str, x: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    weight = w[f"{prefix}.conv.weight"]
    groups = weight.shape[0] if weight.shape[1] == 1 else 1
    y = _norm(w, f"{prefix}.bn", F.conv2d(x, weight, None, stride, padding, groups=groups))
    slopes = w.get(f"{prefix}.prelu.weight")
    return y if slopes is None else F.prelu(y, slopes)


def _norm(w: Mapping[str, Tensor], prefix: str, x: Tensor) -> Tensor:
    numbers = [w[f"{prefix}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
    return F.batch_norm(x, *numbers)
