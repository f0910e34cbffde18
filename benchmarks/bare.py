"""The yardstick: decode and onnxruntime in a loop, over the same models and the same photo, without any server."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.chips import align
from contracts.detection import DetectOptions
from services.detector.candidates import Candidates
from services.detector.chipping import cut_chip
from services.detector.detectors import DETECTORS
from services.detector.finder import FinderSettings, find_faces
from services.detector.model import DetectorModel, PointsModel
from services.detector.points import refine
from services.detector.scaled import Scaled
from serving.alone import alone
from serving.pictures.photo import Photo
from serving.session import Session, open_session
from serving.settings import ServiceSettings
from serving.windows import ChipWindow

_DETECTION = ("detector", "detector-points")
_FACE_TASKS = ("attributes", "emotion", "keypoints", "embedder")
# Faces in one run: more are slower on a processor (`ServiceSettings.max_batch`).
_AT_ONCE = ServiceSettings().max_batch
_SIDE = 2 * max(DETECTORS["yunet"].sides["balanced"])


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
        photo = _pixels(picture)
        found = asyncio.run(self._find(photo))
        chips = [cut_chip(photo, align(landmarks.tolist())) for landmarks in found.landmarks]
        for task, window in self._windows.items():
            for start in range(0, len(chips), _AT_ONCE):
                few = [window.cut(chip) for chip in chips[start : start + _AT_ONCE]]
                self._sessions[task].run({"image": np.stack(few)})
        return len(chips)

    async def _find(self, photo: NDArray[np.uint8]) -> Candidates:
        detector, points = (self._sessions[task] for task in _DETECTION)
        found = await find_faces(
            photo, alone(detector.run, DetectorModel(detector.info)), DetectOptions(), FinderSettings()
        )
        return await refine(photo, found, alone(points.run, PointsModel(points.info)))


def _pixels(picture: bytes) -> NDArray[np.uint8]:
    """The photo decoded no larger than detection needs, as the product does."""
    photo = Photo(picture, max_pixels=40_000_000)
    reduction = photo.reduction_for(_SIDE) if photo.scalable else 1
    return Scaled(photo.decode(reduction), reduction).reduced_for(_SIDE).pixels


class Best:
    """The fastest way to run the bare loop on these cores: every way is tried, for each number of photos at once."""

    def __init__(self, cores: int) -> None:
        wide, narrow = BareLoop(cores), [BareLoop(1) for _ in range(cores)]
        # One loop on all cores, a loop per core, a loop per core that all run on all cores.
        self._ways = [[wide], narrow, [wide] * cores]
        self._known: dict[tuple[bytes, bool], list[BareLoop]] = {}

    def __call__(self, picture: bytes, *, at_once: int, seconds: float) -> "Rate":
        """The best way with so many photos at once: all are tried the first time, later the one that was best."""
        key = (picture, at_once > 1)
        if key not in self._known:
            ways = [loops for loops in self._ways if len(loops) <= at_once]
            rates = [_rate(loops, picture, seconds).per_second for loops in ways]
            self._known[key] = ways[rates.index(max(rates))]
        return _rate(self._known[key], picture, seconds)


@dataclass(frozen=True)
class Rate:
    """Pictures per second, and processor milliseconds a picture."""

    per_second: float
    cpu_ms: float


def _rate(loops: list[BareLoop], picture: bytes, seconds: float) -> Rate:
    for loop in loops:
        loop(picture)
    started, used = time.perf_counter(), time.process_time()

    def work(loop: BareLoop) -> int:
        done = 0
        while time.perf_counter() - started < seconds or not done:
            loop(picture)
            done += 1
        return done

    with ThreadPoolExecutor(len(loops)) as pool:
        done = sum(pool.map(work, loops))
    return Rate(done / (time.perf_counter() - started), (time.process_time() - used) / done * 1e3)
