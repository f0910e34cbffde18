"""Memory of the all-in-one process over many analyses: flat, or growing?

python -m benchmarks.soak [--requests 3000] [--warmup 300]

Two one-face photos and, every eleventh time, one with six faces, four at once, every feature on.
"""

import argparse
import asyncio
import itertools
import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

from benchmarks.load import FEATURES, drive
from benchmarks.servers import Running, all_in_one

_ROOT = Path(__file__).resolve().parent.parent
_PHOTOS = [*["samples/astronaut.jpg", "samples/grace_hopper.jpg"] * 5, "tests/pictures/group.jpg"]
_CONCURRENCY = 4
_STEPS = 10


def main() -> None:
    """Run the soak and print Markdown."""
    arguments = _arguments()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {len(os.sched_getaffinity(0))} cores, "
        f"load {os.getloadavg()[0]:.1f} at the start; `python -m benchmarks.soak`\n"
    )
    print("| analyses | server MiB | with its child processes MiB | per second |\n|---|---|---|---|")
    with all_in_one() as server:
        _print(server, "0 (ready)", 0.0)
        warm = _analyse(server, arguments.warmup)
        _print(server, f"{arguments.warmup} (warm)", warm)
        share = (arguments.requests - arguments.warmup) // _STEPS
        for step in range(1, _STEPS + 1):
            rate = _analyse(server, share)
            _print(server, str(arguments.warmup + step * share), rate)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Memory over many analyses.")
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--warmup", type=int, default=300)
    return parser.parse_args()


def _analyse(server: Running, count: int) -> float:
    pictures = itertools.cycle([(_ROOT / name).read_bytes() for name in _PHOTOS])

    async def send(client: httpx.AsyncClient) -> httpx.Response:
        files, data = {"image": next(pictures)}, {"features": FEATURES}
        return await client.post("/v1/analyze", files=files, data=data)

    started = time.perf_counter()
    asyncio.run(drive(server.url, send, requests=count, concurrency=_CONCURRENCY, warmup=0))
    return count / (time.perf_counter() - started)


def _print(server: Running, when: str, rate: float) -> None:
    own, total = server.own_mib(server.pids[0]), server.resident_mib()
    print(f"| {when} | {own:.0f} | {total:.0f} | {rate:.1f} |", flush=True)


if __name__ == "__main__":
    main()
