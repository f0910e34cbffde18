"""What a mask costs the match rates, on faces with drawn masks: pairs of one person with and without are not to be had."""

import cv2
import numpy as np
from numpy.typing import NDArray

from export.answers import answer
from export.embedder.calibration import Scores
from export.onnx_tools.sessions import Session
from services.embedder.model import EmbedderModel

# From the bridge of the nose over the cheeks to below the chin, in chip pixels: eyes stay free.
_OUTLINE = np.asarray(
    [(56, 140), (128, 128), (200, 140), (196, 200), (164, 238), (92, 238), (60, 200)], np.int32
)
_COLOURS = ((200, 215, 225), (240, 240, 240), (60, 60, 65), (120, 160, 200))
_FOLDS = (164, 184, 204)


def covered(chips: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The chips, uint8 (n, 256, 256, 3), with a mask drawn on each."""
    masked = chips.copy()
    for index, chip in enumerate(masked):
        colour = _COLOURS[index % len(_COLOURS)]
        cv2.fillConvexPoly(chip, _OUTLINE, colour)
        for y in _FOLDS:
            cv2.line(chip, (68, y), (188, y), tuple(int(value * 0.9) for value in colour), 2)
    return masked


def table(
    session: Session,
    chips: NDArray[np.uint8],
    pairs: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]],
    thresholds: list[dict[str, float]],
) -> str:
    """True match rates at the unmasked thresholds when nobody, one of two, or both wear a drawn mask; as Markdown."""
    bare, masked = (answer(session, EmbedderModel, seen) for seen in (chips, covered(chips)))
    seen = float((masked["mask"][:, 1] >= 0.5).mean())  # noqa: PLR2004  # as the gate decides
    sides = {
        "nobody": (bare, bare),
        "one of the two": (bare, masked),
        "both": (masked, masked),
    }
    head = " | ".join(f"at {entry['false_match_rate']:g}" for entry in thresholds)
    lines = [
        (
            f"Drawn masks on LFW dev ({seen:.1%} of them are seen as masks), true match rate at the thresholds above, and in "
            "brackets the share of pairs of two people that match:"
        ),
        "",
        f"| who wears one | {head} |",
        "|---" * (len(thresholds) + 1) + "|",
    ]
    first, second, same = pairs
    for name, (a, b) in sides.items():
        cosines = (a["embedding"][first] * b["embedding"][second]).sum(1)
        scores = Scores(cosines[same], np.sort(cosines[~same]))
        cells = [_cell(scores, entry["cosine"]) for entry in thresholds]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(scores: Scores, threshold: float) -> str:
    return f"{(scores.genuine >= threshold).mean():.3f} ({(scores.impostors >= threshold).mean():.4f})"
