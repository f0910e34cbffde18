"""Train the DCGAN: two Adams, one step each in turn, a moving average of the generator, checkpoints that survive a kill."""

import csv
import os
import time
from copy import deepcopy
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from studies.generator.augment import augment
from studies.generator.networks import Discriminator, Generator, latents


@dataclass(frozen=True)
class Config:
    """What a run depends on; the numbers' reasons stand beside them."""

    seed: int = 7
    width: int = 48
    """Of the generator; the paper's 64 costs twice the time on the training machine's one core."""
    judge_width: int = 32
    """Three of four parts of a step are the discriminator's: it is kept narrow."""
    batch: int = 32
    """With few minutes, many small steps beat few large ones."""
    steps: int = 8000
    rate: float = 2e-4
    """The paper's, with momentum .5."""
    judge_rate: float = 4e-4
    """Twice as fast (Heusel et al., arXiv:1706.08500): spectral norm makes it learn slowly."""
    momentum: float = 0.5
    shift: float = 1 / 16
    cut: float = 0.0
    """20 passes over 12,702 faces are too few to learn them by heart, so the paper's .5 only slows."""
    real_target: float = 0.9
    """One-sided label smoothing (Salimans et al., arXiv:1606.03498)."""
    dropout: float = 0.1
    """More starves the generator of signal on a short run."""
    average: float = 0.999
    """Of the generator's weights: a memory of 1000 steps."""
    save_every: int = 250


@dataclass
class State:
    """All that changes during a run."""

    generator: Generator
    discriminator: Discriminator
    averaged: Generator
    optimizers: tuple[torch.optim.Adam, torch.optim.Adam]
    step: int = 0


def start(config: Config) -> State:
    """A fresh run."""
    torch.manual_seed(config.seed)
    generator = Generator(config.width)
    discriminator = Discriminator(config.judge_width, config.dropout)
    betas = (config.momentum, 0.999)
    return State(
        generator,
        discriminator,
        deepcopy(generator).requires_grad_(requires_grad=False),
        (
            torch.optim.Adam(generator.parameters(), config.rate, betas),
            torch.optim.Adam(discriminator.parameters(), config.judge_rate, betas),
        ),
    )


def save(state: State, config: Config, path: Path) -> None:
    """Write everything needed to go on, atomically: a kill leaves the last checkpoint whole."""
    parts: dict[str, Any] = {
        "config": asdict(config),
        "step": state.step,
        "generator": state.generator.state_dict(),
        "discriminator": state.discriminator.state_dict(),
        "averaged": state.averaged.state_dict(),
        "optimizers": [each.state_dict() for each in state.optimizers],
        "random": torch.get_rng_state(),
    }
    torch.save(parts, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def resume(config: Config, path: Path) -> State:
    """Go on from a checkpoint, or start afresh where there is none. Raises ValueError for another width."""
    state = start(config)
    if not path.exists():
        return state
    parts = torch.load(path, weights_only=True)
    if parts["config"]["width"] != config.width:
        raise ValueError(f"{path} holds a run of width {parts['config']['width']}, not {config.width}")
    state.generator.load_state_dict(parts["generator"])
    state.discriminator.load_state_dict(parts["discriminator"])
    state.averaged.load_state_dict(parts["averaged"])
    for optimizer, saved in zip(state.optimizers, parts["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    torch.set_rng_state(parts["random"])
    state.step = parts["step"]
    return state


def train(faces: NDArray[np.uint8], config: Config, folder: Path, deadline: float = float("inf")) -> State:
    """Train on faces uint8 (n, 64, 64, 3) RGB until the last step or the deadline (`time.time()` seconds).

    The folder receives `checkpoint.pt` and `log.csv`; called again it goes on where the checkpoint stands.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = resume(config, folder / "checkpoint.pt")
    real = torch.from_numpy(faces).permute(0, 3, 1, 2)
    sums, began = np.zeros(4), time.time()
    while state.step < config.steps and time.time() < deadline:
        chosen = torch.randint(0, len(real), (config.batch,))
        sums += advance(state, _scaled(real[chosen]), config)
        if state.step % config.save_every == 0:
            _log(folder / "log.csv", state.step, sums / config.save_every, time.time() - began)
            save(state, config, folder / "checkpoint.pt")
            sums, began = np.zeros(4), time.time()
    save(state, config, folder / "checkpoint.pt")
    return state


def advance(state: State, real: Tensor, config: Config) -> NDArray[np.float64]:
    """One step of both networks on real faces in -1..1: their losses, and the mean judgement of real and of drawn ones."""
    draw, judge = state.optimizers
    changed = partial(augment, shift=config.shift, cut=config.cut)
    with torch.autocast("cpu", torch.bfloat16):
        drawn = state.generator(torch.randn(len(real), 100))
        on_real = state.discriminator(changed(real))
        on_drawn = state.discriminator(changed(drawn.detach()))
        judge_loss = F.binary_cross_entropy_with_logits(
            on_real.float(), torch.full((len(real),), config.real_target)
        ) + F.binary_cross_entropy_with_logits(on_drawn.float(), torch.zeros(len(real)))
    judge.zero_grad()
    torch.autograd.backward(judge_loss)
    judge.step()
    state.discriminator.requires_grad_(requires_grad=False)
    with torch.autocast("cpu", torch.bfloat16):
        fooled = state.discriminator(changed(drawn))
        draw_loss = F.binary_cross_entropy_with_logits(fooled.float(), torch.ones(len(real)))
    draw.zero_grad()
    torch.autograd.backward(draw_loss)
    draw.step()
    state.discriminator.requires_grad_(requires_grad=True)
    state.step += 1
    _average(state, config.average)
    judged = [on_real.float().sigmoid().mean().item(), on_drawn.float().sigmoid().mean().item()]
    return np.array([judge_loss.item(), draw_loss.item(), *judged])


@torch.no_grad()
def _average(state: State, memory: float) -> None:
    memory = min(memory, state.step / (state.step + 10))  # the first steps are forgotten quickly
    for kept, new in zip(state.averaged.parameters(), state.generator.parameters(), strict=True):
        kept.lerp_(new, 1 - memory)
    for buffer, current in zip(state.averaged.buffers(), state.generator.buffers(), strict=True):
        buffer.copy_(current)


def _scaled(faces: Tensor) -> Tensor:
    return (faces.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def sample(generator: Generator, count: int, seed: int) -> NDArray[np.uint8]:
    """Draw faces uint8 (count, 64, 64, 3) RGB in evaluation mode; the same seed gives the same faces."""
    generator.eval()
    drawn = generator(latents(count, torch.Generator().manual_seed(seed)))
    generator.train()
    pixels = ((drawn + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(pixels.permute(0, 2, 3, 1).numpy())


def _log(path: Path, step: int, means: NDArray[np.float64], seconds: float) -> None:
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(["step", "d_loss", "g_loss", "d_real", "d_drawn", "seconds"])
        writer.writerow([step, *(f"{value:.4f}" for value in means), f"{seconds:.1f}"])
        file.flush()
        os.fsync(file.fileno())
