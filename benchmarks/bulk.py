"""`hexaface bulk` beside the bare loop on all cores, in turns: `python -m benchmarks.bulk [--pictures 400] [--rounds 3]`.

And with `--soak 20000`: how the memory of its processes grows over so many pictures, eight in ten with one face, one of a phone and
one with six faces.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import psutil

from benchmarks.bare import Best, Rate
from benchmarks.photos import photos
from contracts.detection import DetectOptions
from hexaface.bulk.job import Job, part_size
from hexaface.bulk.pictures import cut
from hexaface.commands.features import features_of

_FEATURES = "attributes,emotion,keypoints,embedding"
_MIB = 2**20
_EVERY_SECONDS = 5.0


@dataclass
class Watch:
    """How many pictures are done, and how fast."""

    total: int
    done: int = 0
    begun: tuple[int, float, float] | None = None
    rate: Rate | None = None

    def __call__(self, more: int) -> None:
        """Count from the first quarter on, when every worker has its models, to the last tenth, when some have no more to do."""
        self.done += more
        now = self.done, time.perf_counter(), _cpu_seconds()
        if self.begun is None and self.done > self.total / 4:
            self.begun = now
        if self.rate is None and self.begun is not None and self.done > 0.9 * self.total:
            pictures, seconds, cpu = (end - start for end, start in zip(now, self.begun, strict=True))
            self.rate = Rate(pictures / seconds, 1e3 * cpu / pictures)


class Memory(Watch):
    """The memory of all workers while they work: its slope after the first tenth of the pictures."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self._seen: list[tuple[int, float]] = []
        self._at = 0.0

    def __call__(self, more: int) -> None:
        """Look at the workers every few seconds."""
        super().__call__(more)
        if time.perf_counter() - self._at > _EVERY_SECONDS:
            self._at = time.perf_counter()
            self._seen.append((self.done, _resident_mib()))

    def line(self) -> str:
        """What it came to."""
        settled = np.array([one for one in self._seen if one[0] > self.total / 10])
        slope = np.polyfit(settled[:, 0] / 1e3, settled[:, 1], 1)[0]
        return (
            f"{self.total:,} pictures: {settled[0, 1]:.0f} MiB after a tenth, {settled[-1, 1]:.0f} at the end, "
            f"at most {settled[:, 1].max():.0f}; {slope:+.2f} MiB per 1,000 pictures"
        )


def main() -> None:
    """Print Markdown."""
    parser = argparse.ArgumentParser(description="hexaface bulk beside the bare loop.")
    parser.add_argument("--pictures", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--soak", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.soak:
        _soak(arguments.soak)
    else:
        _compare(arguments.pictures, arguments.rounds)


def _compare(pictures: int, rounds: int) -> None:
    cores = len(os.sched_getaffinity(0))
    best = Best(cores)
    print("| photo | bare: per s | CPU ms | bulk: per s | CPU ms | rate bulk / bare | CPU bare / bulk |")
    print("|---|---|---|---|---|---|---|")
    for name, photo in photos().items():
        count = pictures if "one face" in name else max(16, pictures // 8)
        bare, bulk = [], []
        for _ in range(rounds):
            bare.append(best(photo, at_once=cores, seconds=4))
            bulk.append(_bulk(photo, count))
        (rate, cpu), (bulk_rate, bulk_cpu) = _median(bare), _median(bulk)
        print(
            f"| {name} | {rate:.1f} | {cpu:.0f} | {bulk_rate:.1f} | {bulk_cpu:.0f} | {bulk_rate / rate:.2f} | "
            f"{cpu / bulk_cpu:.2f} |",
            flush=True,
        )


def _median(rates: list[Rate]) -> tuple[float, float]:
    return median(rate.per_second for rate in rates), median(rate.cpu_ms for rate in rates)


def _bulk(photo: bytes, count: int) -> Rate:
    watch = Watch(count)
    _run([photo], count, watch)
    if watch.rate is None:
        raise RuntimeError("the workers ended before their last picture")
    return watch.rate


def _soak(count: int) -> None:
    memory = Memory(count)
    one, phone, six = list(photos().values())[:3]
    _run([one] * 8 + [phone, six], count, memory)
    print(memory.line())


def _run(kinds: list[bytes], count: int, watch: Watch) -> None:
    """Analyse so many copies of the photos, and count them."""
    with _folder(kinds, count) as folder:
        job = Job([str(folder)], folder, features=features_of(_FEATURES), detect=DetectOptions())
        todo, workers = job.todo(), job.workers()
        for _ in workers.run(cut(todo, part_size(len(todo), workers.count)), watch):
            pass


@contextmanager
def _folder(kinds: list[bytes], count: int) -> Iterator[Path]:
    """A folder with so many names for the photos."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for i, photo in enumerate(kinds):
            (folder / f"0-{i}.jpg").write_bytes(photo)
        for i in range(len(kinds), count):
            (folder / f"{i}.jpg").hardlink_to(folder / f"0-{i % len(kinds)}.jpg")
        yield folder


def _workers() -> list[psutil.Process]:
    return [process for process in psutil.Process().children() if process.is_running()]


def _cpu_seconds() -> float:
    return float(sum(sum(process.cpu_times()[:2]) for process in _workers()))


def _resident_mib() -> float:
    return float(sum(process.memory_info().rss for process in _workers())) / _MIB


if __name__ == "__main__":
    main()
