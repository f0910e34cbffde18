"""Memory of the all-in-one process over many analyses of mixed pictures: flat, or growing?

python -m benchmarks.soak [--requests 10000] [--report soak.md]

Portraits, a crowd, a phone's 12 megapixels and a damaged file, four at once, every feature on. Prints the slope of the
memory after the warm-up (a tenth of the requests) with its 95 % interval, and every answer that was not the picture's
own; with any of these it ends with 1. The report is for docs/performance.md.
"""

import argparse
import asyncio
import os
import platform
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import httpx
import numpy as np

from benchmarks.load import FEATURES
from benchmarks.servers import all_in_one

_SAMPLES = Path(__file__).resolve().parent.parent / "samples"
_CONCURRENCY = 4
_STEPS = 20
_WARMUP_SHARE = 10
_PHONE = (4000, 3000)
# Student's t for 95 % and 18 degrees of freedom: twenty points less two parameters.
_T = 2.101
_OK, _DAMAGED = 200, 422


@dataclass(frozen=True)
class Picture:
    """A picture and the status that its analysis must have."""

    data: bytes
    expected: int = _OK


class Report:
    """Markdown on stdout, and in a file where one is named."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        if path is not None:
            path.write_text("")

    def say(self, line: str) -> None:
        """Print a line."""
        print(line, flush=True)
        if self._path is not None:
            with self._path.open("a") as file:
                file.write(f"{line}\n")


def main() -> None:
    """Run the soak and print Markdown."""
    arguments = _arguments()
    report = Report(arguments.report)
    report.say(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {len(os.sched_getaffinity(0))} cores, "
        f"load {os.getloadavg()[0]:.1f} at the start; `python -m benchmarks.soak --requests {arguments.requests}`\n"
    )
    report.say("| analyses | server MiB | with its child processes MiB | per second |\n|---|---|---|---|")
    done: list[int] = []
    held: list[float] = []
    wrong = Counter[int]()
    warmup = arguments.requests // _WARMUP_SHARE
    share = (arguments.requests - warmup) // _STEPS
    with all_in_one() as server:
        for count in (warmup, *[share] * _STEPS):
            rate = asyncio.run(_analyse(server.url, count, wrong))
            done.append(count + (done[-1] if done else 0))
            held.append(server.own_mib(server.pids[0]))
            report.say(f"| {done[-1]} | {held[-1]:.0f} | {server.resident_mib():.0f} | {rate:.1f} |")
    slope, margin = _slope(np.asarray(done[1:]), np.asarray(held[1:]))
    report.say(
        f"\nAfter the warm-up: {slope:+.1f} MiB per 1,000 analyses, 95 % interval {slope - margin:+.1f} to {slope + margin:+.1f}."
    )
    report.say(f"Answers that were not the picture's own: {dict(wrong) or 'none'}.")
    sys.exit(1 if wrong else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Memory over many analyses.")
    parser.add_argument("--requests", type=int, default=10_000, help="200 or more")
    parser.add_argument("--report", type=Path, help="a file for what is printed")
    return parser.parse_args()


def _pictures() -> list[Picture]:
    """Sixteen in a row: twelve portraits, two crowds, a phone's photo, a file cut in half."""
    names = ("obama_portrait_2012", "astronaut", "grace_hopper", "obama_2009")
    portraits = [Picture((_SAMPLES / f"{name}.jpg").read_bytes()) for name in names] * 3
    crowds = [
        Picture((_SAMPLES / f"{name}.jpg").read_bytes()) for name in ("cabinet_meeting_2013", "solvay_1927")
    ]
    small = cv2.imdecode(np.frombuffer(portraits[0].data, np.uint8), cv2.IMREAD_COLOR)
    phone = Picture(cv2.imencode(".jpg", cv2.resize(np.asarray(small), _PHONE))[1].tobytes())
    damaged = Picture(portraits[0].data[: len(portraits[0].data) // 2], _DAMAGED)
    return [*portraits, *crowds, phone, damaged]


async def _analyse(url: str, count: int, wrong: Counter[int]) -> float:
    """Send so many; the pictures per second."""
    pictures, places = _pictures(), asyncio.Semaphore(_CONCURRENCY)

    async def one(client: httpx.AsyncClient, picture: Picture) -> None:
        async with places:
            answer = await client.post(
                "/v1/analyze", files={"image": picture.data}, data={"features": FEATURES}
            )
        if answer.status_code != picture.expected:
            wrong[answer.status_code] += 1

    started = time.perf_counter()
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        await asyncio.gather(*(one(client, pictures[i % len(pictures)]) for i in range(count)))
    return count / (time.perf_counter() - started)


def _slope(done: np.ndarray, held: np.ndarray) -> tuple[float, float]:
    """MiB per 1,000 analyses by least squares, and half of its 95 % interval."""
    x = done / 1000
    slope, intercept = np.polyfit(x, held, 1)
    residuals = held - (slope * x + intercept)
    error = np.sqrt((residuals**2).sum() / (len(x) - 2) / ((x - x.mean()) ** 2).sum())
    return float(slope), float(_T * error)


if __name__ == "__main__":
    main()
