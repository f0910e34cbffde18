"""Memory of the all-in-one process over many analyses of mixed pictures: flat, or growing?

python -m benchmarks.soak [--requests 10000] [--warmup 1000]

Portraits, a crowd, a phone's 12 megapixels and a damaged file, four at once, every feature on. Prints the slope of the
memory after the warm-up with its 95 % interval, and every answer that was not the picture's own.
"""

import argparse
import asyncio
import os
import platform
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import httpx
import numpy as np

from benchmarks.load import FEATURES
from benchmarks.servers import Running, all_in_one

_SAMPLES = Path(__file__).resolve().parent.parent / "samples"
_CONCURRENCY = 4
_STEPS = 20
_PHONE = (4000, 3000)
# Student's t for 95 % and 18 degrees of freedom: twenty points less two parameters.
_T = 2.101
_OK, _DAMAGED = 200, 422


@dataclass(frozen=True)
class Picture:
    """A picture and the status that its analysis must have."""

    data: bytes
    expected: int = _OK


def main() -> None:
    """Run the soak and print Markdown."""
    arguments = _arguments()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {len(os.sched_getaffinity(0))} cores, "
        f"load {os.getloadavg()[0]:.1f} at the start; `python -m benchmarks.soak --requests {arguments.requests}`\n"
    )
    print("| analyses | server MiB | with its child processes MiB | per second |\n|---|---|---|---|")
    done, held, wrong = [], [], Counter[int]()
    with all_in_one() as server:
        rate = asyncio.run(_analyse(server.url, arguments.warmup, wrong))
        _print(server, arguments.warmup, rate)
        share = (arguments.requests - arguments.warmup) // _STEPS
        for step in range(1, _STEPS + 1):
            rate = asyncio.run(_analyse(server.url, share, wrong))
            done.append(arguments.warmup + step * share)
            held.append(_print(server, done[-1], rate))
    slope, margin = _slope(np.asarray(done), np.asarray(held))
    print(
        f"\nAfter the warm-up: {slope:+.1f} MiB per 1,000 analyses, 95 % interval {slope - margin:+.1f} to {slope + margin:+.1f}."
    )
    print(f"Answers that were not the picture's own: {dict(wrong) or 'none'}.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Memory over many analyses.")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--warmup", type=int, default=1000)
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


def _print(server: Running, when: int, rate: float) -> float:
    own, total = server.own_mib(server.pids[0]), server.resident_mib()
    print(f"| {when} | {own:.0f} | {total:.0f} | {rate:.1f} |", flush=True)
    return own


if __name__ == "__main__":
    main()
