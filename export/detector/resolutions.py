"""Recall, precision and time by input side: the table that the modes were chosen from.

`python -m export.detector.resolutions [file.onnx]`. Times are CPU seconds of the one thread that runs the graph, so that
other work on the machine matters little.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contracts.detection import DetectOptions
from export.datasets import Archive
from export.detector.finder import Finder
from export.detector.wider import HEIGHTS, Annotated, Found, annotations, score
from export.onnx_tools.sessions import Session
from export.publish import MODELS
from services.detector.canvas import draw

SIDES = (256, 320, 480, 640, 800, 1024, 1280)
_TIMED = 20


def main(arguments: Sequence[str]) -> None:
    """Print the table of a detector, the shipped one unless a file is given."""
    session = Session(Path(arguments[0]) if arguments else MODELS / "detector.onnx")
    archive = Archive("wider")
    truth = annotations(archive)
    photos = [archive.picture(name) for name in truth]
    heights = [f"{low}-{high} px" if high < HEIGHTS[-1][1] else f"from {low} px" for low, high in HEIGHTS]
    print(f"| side | {' | '.join(heights)} | precision | AP from 20 px | CPU ms |")
    print("|---" * (len(heights) + 4) + "|")
    for side in SIDES:
        print(_line(session, side, photos, list(truth.values())), flush=True)


def _line(
    session: Session, side: int, photos: Sequence[NDArray[np.uint8]], truth: Sequence[Annotated]
) -> str:
    finder, options = Finder(session, side), DetectOptions(max_faces=1000)
    found = [finder.find(photo, options) for photo in photos]
    result = score([Found(one.boxes, one.scores) for one in found], truth, finder.detector.min_score)
    recalls = " | ".join(f"{value:.3f}" for value in result.hit / np.maximum(result.annotated, 1))
    milliseconds = 1e3 * cpu_seconds(session, side)
    return f"| {side} | {recalls} | {result.precision:.3f} | {result.average_precision:.3f} | {milliseconds:.0f} |"


def cpu_seconds(session: Session, side: int) -> float:
    """The least CPU time of one run on a 4:3 picture with its long side at `side`."""
    photo = np.random.default_rng(0).integers(0, 256, (960, 1280, 3), np.uint8)
    picture = draw(photo, side).pixels[None]
    seconds = []
    for _ in range(_TIMED):
        started = time.thread_time()
        session({"image": picture})
        seconds.append(time.thread_time() - started)
    return min(seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
