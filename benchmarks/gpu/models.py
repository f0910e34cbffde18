"""One model on one provider: its answers against the stored ones, its time by batch size, ways to run it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from serving.manifest import ModelFiles
from serving.providers import CPU

Arrays = dict[str, NDArray[Any]]
Stack = list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Effort:
    """How much is measured: batch sizes, seconds for each; photos at once, seconds for each."""

    batches: tuple[int, ...]
    run_seconds: float
    at_once: tuple[int, ...]
    photo_seconds: float


FULL = Effort((1, 2, 4, 8, 16, 32), 0.5, (1, 8, 16, 32), 3.0)
REHEARSAL = Effort((1, 2), 0.02, (1, 16), 0.1)


@dataclass(frozen=True)
class Answered:
    """How far the answers to the stored input are from the stored ones, and the cosine of the farthest vector."""

    provider: str
    difference: float
    tolerance: float
    cosine: float


def open_model(files: ModelFiles, stack: Stack) -> ort.InferenceSession:
    """A session on the first provider of the stack; raises when it is not the one in use."""
    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(str(files.onnx), options, providers=stack)
    session.disable_fallback()
    if session.get_providers()[0] != stack[0][0]:
        raise RuntimeError(f"{stack[0][0]} was asked for, {session.get_providers()[0]} is used")
    return session


def stored(files: ModelFiles) -> tuple[Arrays, Arrays]:
    """The stored input and its answer."""
    with np.load(files.golden, allow_pickle=False) as arrays:
        inputs = {name[3:]: arrays[name] for name in arrays.files if name.startswith("in.")}
        outputs = {name[4:]: arrays[name] for name in arrays.files if name.startswith("out.")}
    return inputs, outputs


def answer(session: ort.InferenceSession, files: ModelFiles) -> Answered:
    """Run the stored input and compare."""
    inputs, expected = stored(files)
    names = list(expected)
    found = dict(zip(names, session.run(names, inputs), strict=True))
    pairs = [(found[n].astype(np.float64), expected[n].astype(np.float64)) for n in names]
    difference = max(float(np.max(np.abs(a - b), initial=0.0)) for a, b in pairs)
    return Answered(
        session.get_providers()[0], difference, files.entry.atol, min(_cosine(a, b) for a, b in pairs)
    )


def times(session: ort.InferenceSession, files: ModelFiles, effort: Effort) -> dict[int, float]:
    """Milliseconds of one run by batch size, by plain calls: numpy in, numpy out."""
    return {
        batch: _timed(partial(session.run, None, _feed(files, batch)), effort) for batch in effort.batches
    }


def bound_times(
    session: ort.InferenceSession, files: ModelFiles, effort: Effort, *, device: str
) -> dict[int, float]:
    """The same with inputs and outputs kept on the device (IO binding): what the copies cost."""
    found = {}
    for batch in effort.batches:
        feed = _feed(files, batch)
        binding = _binding(session, feed, session.run(None, feed), device)
        found[batch] = _timed(partial(session.run_with_iobinding, binding), effort)
    return found


def graph_time(files: ModelFiles, stack: Stack, batch: int, effort: Effort) -> float:
    """Milliseconds of one run as a captured CUDA graph; raises where the graph cannot be captured.

    A graph replays addresses: the session that captures it must never have run with others.
    """
    name, options = stack[0]
    feed = _feed(files, batch)
    shapes = open_model(files, stack).run(None, feed)
    captured = options if name == CPU else options | {"enable_cuda_graph": "1"}
    session = open_model(files, [(name, captured), *stack[1:]])
    binding = _binding(session, feed, shapes, device_of(stack))
    return _timed(partial(session.run_with_iobinding, binding), effort)


def device_of(stack: Stack) -> str:
    """Where the stack's first provider keeps its arrays."""
    return "cpu" if stack[0][0] == CPU else "cuda"


def _binding(session: ort.InferenceSession, feed: Arrays, outputs: Sequence[Any], device: str) -> Any:
    binding = session.io_binding()
    for name, value in feed.items():
        binding.bind_ortvalue_input(name, ort.OrtValue.ortvalue_from_numpy(value, device, 0))
    for output, value in zip(session.get_outputs(), outputs, strict=True):
        binding.bind_ortvalue_output(output.name, ort.OrtValue.ortvalue_from_numpy(value, device, 0))
    return binding


def _feed(files: ModelFiles, batch: int) -> Arrays:
    return {name: np.repeat(array[:1], batch, axis=0) for name, array in stored(files)[0].items()}


def _timed(run: Callable[[], object], effort: Effort) -> float:
    for _ in range(3):
        run()
    runs, started = 0, time.perf_counter()
    while time.perf_counter() - started < effort.run_seconds:
        run()
        runs += 1
    return (time.perf_counter() - started) / runs * 1e3


def _cosine(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    a, b = one.ravel(), two.ravel()
    return float(a @ b / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-12))
