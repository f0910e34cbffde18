"""The pictures of docs/scaling.md."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt

from benchmarks.scaling.burst import BEGINS, ENDS, LASTS, Ride

_WINDOW = 30.0


def per_item(measured: Mapping[str, Mapping[int, float]], file: Path) -> None:
    """Milliseconds an item, by the size of the batch."""
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    for task, by in measured.items():
        if len(by) > 1:
            axes.plot(list(by), [ms / n for n, ms in by.items()], marker="o", label=task)
    axes.set_xscale("log", base=2)
    axes.set_xticks([1, 2, 4, 8, 16], labels=["1", "2", "4", "8", "16"])
    axes.set(xlabel="items in a run", ylabel="ms an item, one core", ylim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, ncols=2)
    figure.savefig(file, dpi=110)
    plt.close(figure)


def bursts(rides: Mapping[str, Ride], file: Path) -> None:
    """Ready replicas and the 95 % time, for each policy."""
    figure, (above, below) = plt.subplots(2, 1, figsize=(8, 6), sharex=True, layout="constrained")
    for name, ride in rides.items():
        times, ready = zip(*ride.history, strict=True)
        above.step(np.asarray(times) / 60, ready, where="post", label=name)
        edges = np.arange(0, LASTS, _WINDOW)
        below.plot(edges / 60, [ride.p95(edge, edge + _WINDOW) for edge in edges], label=name)
    for axes in (above, below):
        axes.axvspan(BEGINS / 60, ENDS / 60, color="0.5", alpha=0.15, lw=0)
        axes.grid(alpha=0.3)
    above.set(ylabel="ready replicas")
    above.legend(frameon=False, fontsize=8, loc="upper right")
    below.set(ylabel="95 % of answers within, s", xlabel="minutes", yscale="log")
    figure.savefig(file, dpi=110)
    plt.close(figure)
