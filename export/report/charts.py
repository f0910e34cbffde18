"""The report's pictures, as small PNGs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from export.training.calibration import reliability_bins

_DPI = 90
_COLOURS = 64  # enough for lines, text and a colour map, a quarter of the bytes


def save(figure: Figure, path: Path) -> None:
    """Write a figure as a small palette PNG without time stamps, so that equal results are equal files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"font.family": "DejaVu Sans"}):
        figure.savefig(path, dpi=_DPI, bbox_inches="tight", metadata={"Software": None})
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def roc(curves: Mapping[str, tuple[NDArray[np.floating], NDArray[np.floating]]], path: Path) -> None:
    """Curves of (false match rate, true match rate), the false match rate on a logarithmic axis."""
    figure = Figure(figsize=(6, 4))
    axes = figure.add_subplot()
    for name, (false_rate, true_rate) in curves.items():
        axes.plot(false_rate, true_rate, label=name)
    axes.set(
        xscale="log",
        xlim=(1e-6, 1),
        ylim=(0.5, 1.005),
        xlabel="false match rate",
        ylabel="true match rate",
    )
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    save(figure, path)


def histograms(groups: Mapping[str, NDArray[np.floating]], xlabel: str, path: Path) -> None:
    """Densities of several groups of numbers over one axis."""
    figure = Figure(figsize=(6, 3.2))
    axes = figure.add_subplot()
    for name, values in groups.items():
        axes.hist(values, bins=120, density=True, alpha=0.6, label=name)
    axes.set(xlabel=xlabel, yticks=[])
    axes.legend()
    save(figure, path)


def confusion_matrix(matrix: NDArray[np.int64], labels: Sequence[str], path: Path) -> None:
    """Shares of each true class (row), with the numbers written in."""
    shares = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    side = 1.6 + 0.62 * len(labels)
    figure = Figure(figsize=(side, side))
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    ticks = range(len(labels))
    axes.set_xticks(ticks, labels, rotation=45, ha="right")
    axes.set_yticks(ticks, labels)
    axes.set(xlabel="answer", ylabel="label")
    half = 0.5
    for row in ticks:
        for column in ticks:
            share = shares[row, column]
            colour = "white" if share > half else "black"
            axes.text(column, row, f"{share:.2f}", ha="center", va="center", color=colour, fontsize=8)
    save(figure, path)


def reliability(answers: Mapping[str, tuple[NDArray[np.floating], NDArray[np.integer]]], path: Path) -> None:
    """How often an answer is right against how probable it was said to be; (probabilities (n, classes), truth) by name."""
    figure = Figure(figsize=(4.2, 4))
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for name, (probabilities, truth) in answers.items():
        said, right, count = reliability_bins(probabilities, truth)
        axes.plot(said, right, marker="o", label=name)
        for x, y, n in zip(said, right, count, strict=True):
            axes.annotate(str(n), (x, y), textcoords="offset points", xytext=(4, -9), fontsize=6)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability of the answer", ylabel="share that is right")
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left")
    save(figure, path)


def intervals(values: Mapping[str, tuple[float, float, float]], xlabel: str, path: Path) -> None:
    """One point per name with its interval: (value, low, high)."""
    figure = Figure(figsize=(6, 0.8 + 0.28 * len(values)))
    axes = figure.add_subplot()
    names = list(values)[::-1]
    centre = np.asarray([values[name][0] for name in names])
    spread = np.asarray([[v - low, high - v] for v, low, high in (values[name] for name in names)]).T
    axes.errorbar(centre, names, xerr=np.maximum(spread, 0), fmt="o", color="#2f5f97", capsize=3)
    axes.set(xlabel=xlabel)
    axes.grid(axis="x", alpha=0.3)
    save(figure, path)


def sheet(pictures: NDArray[np.uint8], columns: int, path: Path) -> None:
    """Pictures of one size side by side, uint8 (n, height, width, 3); n a multiple of `columns`."""
    count, height, width, _ = pictures.shape
    rows = count // columns
    grid = pictures[: rows * columns].reshape(rows, columns, height, width, 3).transpose(0, 2, 1, 3, 4)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(grid.reshape(rows * height, columns * width, 3)).save(path, optimize=True)
