"""The yardstick: decode and onnxruntime in a loop, over the same models and the same photo, without any server."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from contracts.chips import align
from contracts.detection import DetectOptions
from services.detector.candidates import Candidates
from services.detector.chipping import cut_chip
from services.detector.finder import FinderSettings, find_faces
from services.detector.model import DetectorModel, PointsModel
from services.detector.points import refine
from serving.alone import alone
from serving.imaging import decode
from serving.session import Session, open_session
from serving.settings import ServiceSettings
from serving.windows import ChipWindow

_DETECTION = ("detector", "detector-points")
_FACE_TASKS = ("attributes", "emotion", "keypoints", "embedder")


class BareLoop:
    """All models of an analysis, run one after the other for one photo at a time."""

    def __init__(self, threads: int) -> None:
        settings = ServiceSettings(provider="cpu", threads=threads)
        self._sessions: dict[str, Session] = {
            task: open_session(task, settings)[0] for task in (*_DETECTION, *_FACE_TASKS)
        }
        self._windows = {task: ChipWindow(self._sessions[task].info) for task in _FACE_TASKS}

    def __call__(self, picture: bytes) -> int:
        """Analyse a picture; the number of its faces."""
        photo = decode(picture, max_pixels=40_000_000)
        found = asyncio.run(self._find(photo))
        chips = [cut_chip(photo, align(landmarks.tolist())) for landmarks in found.landmarks]
        for task, window in self._windows.items():
            if chips:
                self._sessions[task].run({"image": np.stack([window.cut(chip) for chip in chips])})
        return len(chips)

    async def _find(self, photo: NDArray[np.uint8]) -> Candidates:
        detector, points = (self._sessions[task] for task in _DETECTION)
        found = await find_faces(
            photo, alone(detector.run, DetectorModel(detector.info)), DetectOptions(), FinderSettings()
        )
        return await refine(photo, found, alone(points.run, PointsModel(points.info)))


def seconds_of(work: Callable[[bytes], int], picture: bytes, *, repeats: int) -> list[float]:
    """The time of each of `repeats` runs, after three to warm up."""
    for _ in range(3):
        work(picture)
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work(picture)
        times.append(time.perf_counter() - started)
    return times


def throughput_of(loops: list[BareLoop], picture: bytes, *, repeats: int) -> float:
    """Pictures per second with one thread per loop, `repeats` pictures in all."""
    share = repeats // len(loops)
    with ThreadPoolExecutor(len(loops)) as pool:
        started = time.perf_counter()
        list(pool.map(lambda loop: [loop(picture) for _ in range(share)], loops))
        return share * len(loops) / (time.perf_counter() - started)
