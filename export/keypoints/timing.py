"""What a face costs: the graph on one thread, and what the service computes from its outputs."""

import time
from collections.abc import Callable

import numpy as np

from export.golden import face_chip
from export.keypoints.faces import Analyser, run
from export.onnx_tools.sessions import Session

_BATCH, _RUNS = 8, 15


def measure_time(session: Session) -> str:
    """A Markdown table of milliseconds per face, processor time: the best of several runs, since other work only adds."""
    chip = face_chip()
    many = np.stack([chip] * _BATCH)
    (output,) = run(session, [chip])
    model = Analyser(session).model
    times = {
        "graph, one face": _best(lambda: session({"image": many[:1]})),
        f"graph, a batch of {_BATCH}": _best(lambda: session({"image": many})) / _BATCH,
        "pose, gaze, action units, answer": _best(lambda: model.postprocess(output)),
    }
    lines = [
        f"### Processor time per face: one thread, best of {_RUNS} runs",
        "",
        "| step | ms |",
        "|---|---|",
        *(f"| {name} | {1e3 * seconds:.1f} |" for name, seconds in times.items()),
    ]
    return "\n".join(lines)


def _best(step: Callable[[], object]) -> float:
    def once() -> float:
        started = time.thread_time()
        step()
        return time.thread_time() - started

    return min(once() for _ in range(_RUNS))
