"""Where each model's time goes: milliseconds per operator type, one face or picture, one thread.

`python -m benchmarks.operators [--models FOLDER] [TASK ...]`. A release of onnxruntime that slows one operator down (PRelu
eight times between 1.26 and 1.28) shows here before it shows anywhere else.
"""

import argparse
import json
import platform
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import onnxruntime as ort

from serving.manifest import ManifestEntry, read_manifest

_MODELS = Path(__file__).resolve().parent.parent / "models"
_RUNS = 40
_SHOWN = 6
_MICROSECONDS = 1e3


def main() -> None:
    """Print one line per model as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.operators", description=__doc__)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="the manifest's entries; all unless given")
    parser.add_argument("--models", type=Path, default=_MODELS, help="the folder with manifest.json")
    options = parser.parse_args()
    entries = read_manifest(options.models).models
    print(
        f"{platform.machine()}, onnxruntime {ort.__version__}, one thread, batch 1, best of {_RUNS} runs; "
        "`python -m benchmarks.operators`\n"
    )
    print("| model | ms per run | of which, ms by operator type |")
    print("|---|---|---|")
    for task in options.tasks or entries:
        model = options.models / entries[task].file
        inputs = golden_input(options.models, entries[task])
        kinds = by_operator(model, inputs)
        parts = ", ".join(f"{kind} {ms:.2f}" for kind, ms in kinds.most_common(_SHOWN))
        print(f"| {task} | {best_ms(model, inputs):.2f} | {parts} |", flush=True)


def golden_input(
    folder: Path, entry: ManifestEntry
) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    """The first item of the stored input."""
    with np.load(folder / entry.golden, allow_pickle=False) as stored:
        return {key[3:]: stored[key][:1] for key in stored.files if key.startswith("in.")}


def best_ms(model: Path, inputs: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]) -> float:
    """The quickest of the runs: other processes only ever add time."""
    session = ort.InferenceSession(str(model), _options(), providers=["CPUExecutionProvider"])
    times = []
    for _ in range(_RUNS):
        started = time.thread_time()
        session.run(None, inputs)
        times.append(time.thread_time() - started)
    return min(times) * 1e3


def by_operator(
    model: Path, inputs: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]
) -> Counter[str]:
    """Milliseconds per run by operator type, each node at its quickest."""
    with tempfile.TemporaryDirectory() as folder:
        options = _options()
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "profile")
        session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        for _ in range(_RUNS):
            session.run(None, inputs)
        events = json.loads(Path(session.end_profiling()).read_text())
    quickest: dict[str, tuple[str, float]] = {}
    for event in events:
        kind = event.get("args", {}).get("op_name")
        if kind is None or event.get("cat") != "Node":
            continue
        ms = event["dur"] / _MICROSECONDS
        quickest[event["name"]] = (kind, min(ms, quickest.get(event["name"], (kind, ms))[1]))
    found: Counter[str] = Counter()
    for kind, ms in quickest.values():
        found[kind] += ms  # type: ignore[assignment]  # a Counter of milliseconds
    return found


def _options() -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return options


if __name__ == "__main__":
    main()
