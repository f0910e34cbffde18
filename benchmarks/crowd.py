"""One face beside crowds: what it waits for, what a crowd takes, and how many faces share a run of each model."""

import asyncio
from dataclasses import dataclass

import httpx

from benchmarks.load import Measured, drive_for
from benchmarks.servers import Running

_ITEMS = "hexaface_batch_items"
_CROWDS = 2


@dataclass(frozen=True)
class Beside:
    """What clients saw, and the mean number of items in one run by task."""

    alone: Measured
    one_face: Measured
    crowd: Measured
    items: dict[str, float]

    def markdown(self) -> str:
        """The table's lines."""
        runs = ", ".join(f"{task} {mean:.1f}" for task, mean in sorted(self.items.items()))
        return "\n".join(
            [
                f"| request, {_CROWDS} crowds of 35 faces under way all the time | p50 ms | p95 ms |",
                "|---|---|---|",
                _line("one face, without the crowds", self.alone),
                _line("one face", self.one_face),
                _line("35 faces", self.crowd),
                "",
                f"Items in a run meanwhile (`{_ITEMS}`), mean: {runs}.",
            ]
        )


def beside_crowds(server: Running, face: bytes, crowd: bytes, *, seconds: float) -> Beside:
    """Ask for one face again and again while others send crowds; raises when an answer is not 200 and complete."""
    alone = asyncio.run(drive_for(server.url, face, concurrency=1, seconds=seconds))
    before = _runs(server)
    one_face, crowds = asyncio.run(_both(server, face, crowd, seconds))
    return Beside(alone, one_face, crowds, _mean_items(before, _runs(server)))


async def _both(server: Running, face: bytes, crowd: bytes, seconds: float) -> tuple[Measured, Measured]:
    return await asyncio.gather(
        drive_for(server.url, face, concurrency=1, seconds=seconds),
        drive_for(server.url, crowd, concurrency=_CROWDS, seconds=seconds),
    )


def _line(name: str, seen: Measured) -> str:
    return f"| {name} | {seen.quantile_ms(0.5):.0f} | {seen.quantile_ms(0.95):.0f} |"


def _runs(server: Running) -> dict[str, float]:
    """The server's counters of items and of runs, by their line in /metrics."""
    page = httpx.get(f"{server.url}/metrics", timeout=10).text
    lines = (
        line.rpartition(" ")
        for line in page.splitlines()
        if line.startswith((f"{_ITEMS}_sum", f"{_ITEMS}_count"))
    )
    return {name: float(value) for name, _, value in lines}


def _mean_items(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """Items per run and task between two readings."""
    grown = {name: value - before.get(name, 0.0) for name, value in after.items()}
    sums = {name: value for name, value in grown.items() if name.startswith(f"{_ITEMS}_sum") and value}
    return {
        name.split('task="')[1].split('"')[0]: items / grown[name.replace("_sum", "_count", 1)]
        for name, items in sums.items()
    }
