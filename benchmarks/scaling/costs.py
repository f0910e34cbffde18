"""What each task takes on one core, by the size of the batch: measured, and kept beside this file.

The clock is the thread's own processor time, so other work on the machine changes little. Wall times would.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.bare import BareLoop
from benchmarks.photos import photos
from benchmarks.scaling.simulation import Cost
from serving.session import open_session
from serving.settings import ServiceSettings

FILE = Path(__file__).parent / "measured.json"
FACE_TASKS = ("attributes", "emotion", "keypoints", "embedder")
BATCHES = (1, 2, 4, 8, 16)
_REPEATS = 9
# Processor time of a call beyond the model: HTTP, MessagePack, the event loop; and of the gateway for one picture
# (docs/operations.md, Sizing: emotion's 3 ms with a model of 1 ms; the gateway's row).
CALL_SECONDS, GATEWAY_SECONDS = 0.002, 0.023
# Chips are all of one size, pictures are not.
_PICTURES_DIFFER, _CHIPS_DIFFER = 0.3, 0.05


def measure() -> dict[str, dict[int, float]]:
    """Milliseconds of a run by task and size of the batch; a detection is decoding, finding and cutting one picture."""
    found = {task: {n: _median(_run(task, n)) for n in BATCHES} for task in FACE_TASKS}
    bare, picture = BareLoop(1), next(data for name, data in photos().items() if "640x480" in name)
    whole = _median(lambda: bare(picture))
    found["detector"] = {1: whole - sum(found[task][1] for task in FACE_TASKS)}
    return found


def write(found: dict[str, dict[int, float]]) -> None:
    """Keep what was measured."""
    rounded = {task: {str(n): round(ms, 2) for n, ms in by.items()} for task, by in found.items()}
    FILE.write_text(json.dumps(rounded, indent=1) + "\n")


def read() -> dict[str, dict[int, float]]:
    """What was measured last, milliseconds."""
    return {task: {int(n): ms for n, ms in by.items()} for task, by in json.loads(FILE.read_text()).items()}


def costs(measured: dict[str, dict[int, float]]) -> dict[str, Cost]:
    """Each task's times, with the call's own part: calls are not batched."""
    found = {"gateway": Cost((1,), (GATEWAY_SECONDS,), _PICTURES_DIFFER)}
    for task, by in measured.items():
        seconds = tuple(ms / 1e3 + CALL_SECONDS * n for n, ms in by.items())
        found[task] = Cost(tuple(by), seconds, _PICTURES_DIFFER if task == "detector" else _CHIPS_DIFFER)
    return found


def _run(task: str, items: int) -> Callable[[], object]:
    session, files = open_session(task, ServiceSettings(provider="cpu", threads=1))
    with np.load(files.golden, allow_pickle=False) as stored:
        one = {key[3:]: stored[key][:1] for key in stored.files if key.startswith("in.")}
    batch = {name: np.repeat(value, items, axis=0) for name, value in one.items()}
    return lambda: session.run(batch, wide=False)


def _median(work: Callable[[], object]) -> float:
    """Milliseconds of processor time on this thread."""
    work()
    times = []
    for _ in range(_REPEATS):
        before = time.thread_time()
        work()
        times.append(time.thread_time() - before)
    return float(np.median(times)) * 1e3
