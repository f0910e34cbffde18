"""The pictures of a generator's run: its curves and a sheet of samples.

`python -m studies.generator.pictures docs/images` writes `generator-loss.png` and `generator-samples.png`.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from export.cache import runs
from studies.generator.realism import png
from studies.generator.train import sample
from studies.generator.trained import averaged

_ROWS, _COLUMNS = 6, 16
_SEED = 0


def curves(log: Path, target: Path) -> None:
    """Losses and mean judgements over the steps of a `log.csv`, as PNG."""
    with log.open() as file:
        rows = list(csv.DictReader(file))
    steps = [int(row["step"]) for row in rows]
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, label in (("d_loss", "discriminator"), ("g_loss", "generator")):
        left.plot(steps, [float(row[name]) for row in rows], label=label)
    for name, label in (("d_real", "real faces"), ("d_drawn", "drawn faces")):
        right.plot(steps, [float(row[name]) for row in rows], label=label)
    left.set(xlabel="step", ylabel="loss")
    right.set(xlabel="step", ylabel="judged real (mean probability)", ylim=(0, 1))
    for axes in (left, right):
        axes.legend()
        axes.grid(alpha=0.3)
    figure.savefig(target, dpi=110)


def sheet(pictures: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Pictures uint8 (n, h, w, 3) side by side in rows of `columns`; n must be a multiple of it."""
    n, height, width, _ = pictures.shape
    rows = pictures.reshape(n // columns, columns, height, width, 3)
    return np.ascontiguousarray(rows.swapaxes(1, 2).reshape(-1, columns * width, 3))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    options.target.mkdir(parents=True, exist_ok=True)
    curves(runs("generator") / "log.csv", options.target / "generator-loss.png")
    drawn = sample(averaged(), _ROWS * _COLUMNS, _SEED)
    (options.target / "generator-samples.png").write_bytes(png(sheet(drawn, _COLUMNS)))


if __name__ == "__main__":
    main()
