"""The training loop: every step is a function of its number, so that a killed run resumes exactly where it was."""

import csv
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from export.training.plan import Plan


class Learner(Protocol):
    """What is trained: a model, its batches and its loss."""

    model: nn.Module

    def parameter_groups(self) -> Sequence[dict[str, Any]]:
        """Parameters with their own peak learning rate each (`lr`)."""

    def batch(self, indices: Sequence[int], rng: np.random.Generator) -> Sequence[Tensor]:
        """The disturbed pictures and the targets of the given training examples."""

    def loss(self, batch: Sequence[Tensor]) -> Tensor:
        """The scalar that falls."""

    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """Numbers for the log, measured on pictures that are not fitted."""


def device() -> torch.device:
    """The GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fit(learner: Learner, plan: Plan, folder: Path, until: Callable[[], bool] = lambda: False) -> nn.Module:
    """Train to the plan's end and give the averaged model; continues from `folder`'s checkpoint when there is one.

    Writes `checkpoint.pt` (atomically), `log.csv` and `loss.png` there. `until` is asked after each step whether to
    stop early (with a checkpoint).
    """
    folder.mkdir(parents=True, exist_ok=True)
    run = _Run(learner, plan, folder)
    run.resume()
    with tqdm(total=plan.steps, initial=run.step, mininterval=5, desc=folder.name) as bar:
        while run.step < plan.steps:
            bar.set_postfix(loss=f"{run.advance():.3f}", refresh=False)
            bar.update()
            if run.step % plan.validate_every == 0 or run.step == plan.steps:
                run.report()
            if until():
                break
    run.save()
    return run.average.module


class _Run:
    def __init__(self, learner: Learner, plan: Plan, folder: Path) -> None:
        self.learner, self.plan, self.folder = learner, plan, folder
        self.device = device()
        learner.model.to(self.device)
        groups = [{**group, "peak": group["lr"]} for group in learner.parameter_groups()]
        self.optimizer: torch.optim.Optimizer
        if plan.optimizer == "sgd":
            self.optimizer = torch.optim.SGD(
                groups, momentum=0.9, nesterov=True, weight_decay=plan.weight_decay
            )
        else:
            self.optimizer = torch.optim.AdamW(groups, weight_decay=plan.weight_decay)
        # Young averages follow the weights quickly: (1 + n) / (10 + n), as in TensorFlow's ExponentialMovingAverage.
        self.average = torch.optim.swa_utils.AveragedModel(
            learner.model,
            avg_fn=lambda old, new, n: (
                old + (new - old) * (1 - min(plan.average, (1 + float(n)) / (10 + float(n))))
            ),
            use_buffers=True,
        )
        self.step, self.seconds = 0, 0.0
        self.losses: list[float] = []
        self._saved = time.monotonic()

    def resume(self) -> None:
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.learner.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.losses = state["step"], state["seconds"], state["losses"]

    def save(self) -> None:
        state = {
            "model": self.learner.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "losses": self.losses,
        }
        partial = self.folder / "checkpoint.partial"
        torch.save(state, partial)
        partial.replace(self.folder / "checkpoint.pt")
        self._saved = time.monotonic()

    def advance(self) -> float:
        began = time.monotonic()
        rng = np.random.default_rng((self.plan.seed, 2, self.step))
        torch.manual_seed(self.plan.seed + self.step)
        share = self.plan.rate(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * share
        batch = [part.to(self.device) for part in self.learner.batch(self.plan.indices(self.step), rng)]
        self.learner.model.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.plan.bfloat16):
            loss = self.learner.loss(batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        nn.utils.clip_grad_norm_(self.learner.model.parameters(), self.plan.clip)
        self.optimizer.step()
        self.average.update_parameters(self.learner.model)
        self.step += 1
        self.losses.append(float(loss.detach()))
        self.seconds += time.monotonic() - began
        if time.monotonic() - self._saved > self.plan.save_every_seconds:
            self.save()
        return self.losses[-1]

    def report(self) -> None:
        self.average.eval()
        with torch.inference_mode():
            measured = self.learner.validate(self.average.module)
        recent = self.losses[-self.plan.validate_every :]
        row = {
            "step": self.step,
            "epoch": round(self.step * self.plan.batch / self.plan.examples, 3),
            "seconds": round(self.seconds),
            "loss": round(float(np.mean(recent)), 4),
            **{name: round(float(value), 4) for name, value in measured.items()},
        }
        path = self.folder / "log.csv"
        fresh = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, list(row))
            if fresh:
                writer.writeheader()
            writer.writerow(row)
        tqdm.write(" ".join(f"{name} {value}" for name, value in row.items()))
        draw(self.losses, path, self.folder / "loss.png")


def draw(losses: Sequence[float], log: Path, target: Path) -> None:
    """The smoothed training loss and the validated numbers of `log`, drawn to `target` (PNG)."""
    from matplotlib.figure import Figure  # noqa: PLC0415  # heavy, and needed only at a report

    with log.open() as file:
        rows = list(csv.DictReader(file))
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    width = max(1, len(losses) // 200)
    usable = len(losses) // width * width
    left.plot(np.arange(0, usable, width), np.reshape(losses[:usable], (-1, width)).mean(1))
    left.set(xlabel="step", ylabel="training loss")
    for name in [key for key in rows[0] if key not in {"step", "epoch", "seconds", "loss"}]:
        values = [float(row[name]) for row in rows]
        if max(values) <= 1:
            right.plot([int(row["step"]) for row in rows], values, label=name)
    right.set(xlabel="step", ylabel="validation")
    if right.lines:
        right.legend()
    figure.savefig(target, dpi=90)
