"""Fit the perceptron of the second look; needs torch."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from export.detector.points import START, Perceptron

Floats = NDArray[np.floating]

_HIDDEN = 256
_BATCH = 256
_EPOCHS = 16
_PEAK = 2e-3
_WEIGHT_DECAY = 0.05
_DROPOUT = 0.25
_BEND = 0.5
"""Crop pixels: larger errors count in proportion, not by their square, so that odd faces do not rule."""
_SEED = 20261126


def fit(features: Floats, landmarks: Floats) -> Perceptron:
    """From features (n, f) to landmarks (n, 5, 2) in crop pixels, 0 at the edge."""
    torch.manual_seed(_SEED)
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-3
    inputs = torch.from_numpy(((features - mean) / spread).astype(np.float32))
    targets = torch.from_numpy((landmarks - START).reshape(-1, 10).astype(np.float32))
    hidden, output = nn.Linear(inputs.shape[1], _HIDDEN), nn.Linear(_HIDDEN, 10)
    _descend(nn.Sequential(nn.Dropout(_DROPOUT), hidden, nn.ReLU(), output), inputs, targets)
    weight = _array(hidden.weight) / spread
    return Perceptron(
        weight.T.astype(np.float32),
        (_array(hidden.bias) - weight @ mean).astype(np.float32),
        np.ascontiguousarray(_array(output.weight).T.astype(np.float32)),
        _array(output.bias).astype(np.float32),
    )


def _descend(network: nn.Module, inputs: torch.Tensor, targets: torch.Tensor) -> None:
    steps = len(inputs) // _BATCH
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=_WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _PEAK, total_steps=_EPOCHS * steps)
    for _ in range(_EPOCHS):
        order = torch.randperm(len(inputs))
        for step in range(steps):
            chosen = order[step * _BATCH : (step + 1) * _BATCH]
            loss = nn.functional.smooth_l1_loss(network(inputs[chosen]), targets[chosen], beta=_BEND)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


def _array(tensor: torch.Tensor) -> NDArray[np.float64]:
    return np.asarray(tensor.detach().numpy(), np.float64)
