"""Print the tables of docs/performance.md: the bare loop, the product in one process, the product in seven."""

import asyncio
import os
import platform
import statistics
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import onnxruntime as ort

from benchmarks.bare import BareLoop, seconds_of, throughput_of
from benchmarks.load import measure, quantile_ms
from benchmarks.servers import Running, all_in_one, separate
from web.logs import configure_logs

_ROOT = Path(__file__).resolve().parent.parent
_PHOTOS = {"one face": "samples/astronaut.jpg", "six faces": "tests/pictures/group.jpg"}
_REPEATS = 60
_CONCURRENT = 120


def main() -> None:
    """Run everything and print Markdown."""
    configure_logs("ERROR", "console")
    cores = len(os.sched_getaffinity(0))
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {cores} cores, onnxruntime {ort.__version__}, "
        f"load {os.getloadavg()[0]:.1f} at the start; `make bench`\n"
    )
    print("| photo | what | p50 ms | p95 ms | vs bare | per second at 8 | vs bare |")
    print("|---|---|---|---|---|---|---|")
    pictures = {name: (_ROOT / file).read_bytes() for name, file in _PHOTOS.items()}
    bare = {name: _bare(name, picture, cores) for name, picture in pictures.items()}
    started: dict[str, Callable[[], AbstractContextManager[Running]]] = {
        "all in one": all_in_one,
        "seven processes": separate,
    }
    notes = [_served(kind, start, pictures, bare) for kind, start in started.items()]
    print("\n| what | ready after s | resident MiB |\n|---|---|---|")
    print("\n".join(notes))


def _bare(name: str, picture: bytes, cores: int) -> tuple[float, float]:
    times = seconds_of(BareLoop(threads=cores), picture, repeats=_REPEATS)
    rate = throughput_of([BareLoop(threads=1) for _ in range(cores)], picture, repeats=_CONCURRENT)
    median = statistics.median(times) * 1e3
    print(f"| {name} | bare loop | {median:.0f} | {quantile_ms(times, 0.95):.0f} | 1 | {rate:.1f} | 1 |")
    return median, rate


def _served(
    kind: str,
    start: Callable[[], AbstractContextManager[Running]],
    pictures: dict[str, bytes],
    bare: dict[str, tuple[float, float]],
) -> str:
    with start() as server:
        for name, picture in pictures.items():
            alone = asyncio.run(measure(server.url, picture, requests=_REPEATS, concurrency=1))
            many = asyncio.run(measure(server.url, picture, requests=_CONCURRENT, concurrency=8))
            median, rate = bare[name]
            print(
                f"| {name} | {kind} | {alone.quantile_ms(0.5):.0f} | {alone.quantile_ms(0.95):.0f} "
                f"| {alone.quantile_ms(0.5) / median:.2f} | {many.per_second:.1f} | {many.per_second / rate:.2f} |"
            )
        return f"| {kind} | {server.ready_seconds:.1f} | {server.resident_mib():.0f} |"


if __name__ == "__main__":
    main()
