"""The most confident wrong answers: how often ten raters side with them, and a page of their pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

_TILE, _LINE, _SURE = 112, 14, 0.8
_EACH = 8

Floats = NDArray[np.floating]
Indices = NDArray[np.int64]


def worst(said: Floats, truth: Indices, true_class: int, count: int = _EACH) -> Indices:
    """The faces of a class whose wrong answer was given the highest probability, the surest first."""
    wrong = np.flatnonzero((truth == true_class) & (said.argmax(1) != truth))
    return wrong[np.argsort(-said[wrong].max(1), kind="stable")][:count]


def summary(said: Floats, truth: Indices, plus: Indices, known: NDArray[np.bool_]) -> str:
    """How sure wrong answers are, and of how many the FER+ raters' majority (`plus`, where `known`) says the same."""
    answers, sure = said.argmax(1), said.max(1) >= _SURE
    wrong = answers != truth
    shares = []
    for chosen in (wrong & known, wrong & known & sure):
        count = int(chosen.sum())
        shares.append(f"{int((answers == plus)[chosen].sum())} of {count}")
    return (
        f"Wrong answers by FER-2013's labels: {int(wrong.sum())}, {int((wrong & sure).sum())} of them given a probability of "
        f"at least {_SURE} ({int((sure & ~wrong).sum())} right ones were). Ten raters' majority gives the same answer for "
        f"{shares[0]} of the wrong ones that it knows, and for {shares[1]} of the sure ones."
    )


def page(
    pictures: NDArray[np.uint8], said: Floats, truth: Indices, labels: Sequence[str], path: Path
) -> None:
    """A row per true class that has any, with its surest wrong answers; pictures uint8 (n, height, width, 3)."""
    rows = {labels[i]: found for i in range(len(labels)) if len(found := worst(said, truth, i))}
    canvas = Image.new("RGB", ((_EACH + 1) * _TILE, len(rows) * (_TILE + _LINE)), "white")
    draw = ImageDraw.Draw(canvas)
    for row, (label, found) in enumerate(rows.items()):
        top = row * (_TILE + _LINE)
        draw.text((4, top + _TILE // 2), f"{label}, said:", fill="black")
        for column, face in enumerate(found, start=1):
            canvas.paste(Image.fromarray(pictures[face]).resize((_TILE, _TILE)), (column * _TILE, top))
            answer = said[face].argmax()
            caption = f"{labels[answer]} {said[face, answer]:.2f}"
            draw.text((column * _TILE + 4, top + _TILE), caption, fill="black")
    path.parent.mkdir(parents=True, exist_ok=True)
    canvas.save(path, optimize=True)
