"""Print the tables of docs/performance.md: the bare loop, this version and, with BASE, another one, side by side.

python -m benchmarks [--base REFERENCE] [--seconds 3] [--photos TEXT] [--separate]

Every cell is measured in turns: the bare loop, this version, the base, so that all see the same machine. All in one also
shows one face beside crowds, the cache, and how soon a server with stores is ready again.
"""

import argparse
import asyncio
import os
import platform
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan, nan

import httpx
import onnxruntime as ort

from benchmarks.bare import Best, Rate
from benchmarks.checkout import checkout
from benchmarks.crowd import beside_crowds
from benchmarks.identity import cache_table
from benchmarks.load import IncompleteError, drive_for
from benchmarks.photos import CROWD, ONE_FACE, photos
from benchmarks.servers import Running, all_in_one, ready_again_seconds, separate
from web.logs import configure_logs

_CONCURRENCIES = (1, 4, 8, 16)
# More than these crowds at once are refused for good reason: their faces do not fit into the queue.
_CROWDS = (1, 4)
_ROUNDS = 2
_BESIDE = 8.0
"""Seconds beside crowds."""
_AGAIN_SECONDS, _RESIDENT_MIB = 4, 700
"""The aims of a start with existing stores and of the all-in-one's memory."""


@dataclass(frozen=True)
class Cell:
    """One server on one photo: pictures per second, median milliseconds, processor milliseconds a picture."""

    per_second: float
    median_ms: float
    cpu_ms: float


def main() -> None:
    """Run everything and print Markdown."""
    arguments = _arguments()
    configure_logs("ERROR", "console")
    cores = len(os.sched_getaffinity(0))
    print(f"\n### {'Each service a process of its own' if arguments.separate else 'All in one'}\n")
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {cores} cores, onnxruntime {ort.__version__}, load "
        f"{os.getloadavg()[0]:.1f} at the start, {arguments.seconds:g} s a cell and round, base {arguments.base or 'none'}\n"
    )
    wanted = {name: data for name, data in photos().items() if arguments.photos in name}
    best = Best(cores)
    with ExitStack() as stack:
        start = separate if arguments.separate else all_in_one
        servers = {"this": stack.enter_context(start())}
        if arguments.base:
            servers["base"] = stack.enter_context(start(stack.enter_context(checkout(arguments.base))))
        _table(servers, best, wanted, arguments.seconds)
        if arguments.separate:
            print(starts_and_memory(servers))
            return
        this = servers["this"]
        more = [
            _or_why("one face beside crowds", lambda: _beside_crowds(this, arguments.seconds)),
            _or_why("the cache", lambda: cache_table(this)),
        ]
        memory = starts_and_memory(servers)
    print("", *more, memory, sep="\n\n")
    print(f"| this | ready again, with existing stores, s | {ready_again_seconds():.1f} | {_AGAIN_SECONDS} |")


def starts_and_memory(servers: dict[str, Running]) -> str:
    """The lines after all that the servers have done; the aims are those of all in one."""
    lines = ["\n| version | what | is | aim, at most |", "|---|---|---|---|"]
    for name, server in servers.items():
        own = sum(server.own_mib(pid) for pid in server.pids)
        aim = f"{_RESIDENT_MIB}" if len(server.pids) == 1 and name == "this" else ""
        lines.append(f"| {name} | first ready, with new stores, s | {server.ready_seconds:.1f} | |")
        lines.append(f"| {name} | resident under load, MiB | {own:.0f} | {aim} |")
        lines.append(f"| {name} | the same with its stores, MiB | {server.resident_mib():.0f} | |")
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The tables of docs/performance.md.")
    parser.add_argument("--base", default=os.environ.get("BASE", ""), help="git reference to compare with")
    parser.add_argument("--seconds", type=float, default=3.0, help="time of a cell in each of two rounds")
    parser.add_argument("--photos", default="", help="only the photos whose name holds this text")
    parser.add_argument("--separate", action="store_true", help="each service in a process of its own")
    return parser.parse_args()


def _or_why(name: str, part: Callable[[], str]) -> str:
    """A part of the report, or why it is missing: what came before and comes after is worth having."""
    try:
        return part()
    except (RuntimeError, httpx.HTTPError) as error:
        return f"Not measured: {name} ({error})."


def _beside_crowds(server: Running, seconds: float) -> str:
    face, crowd = (photos()[name] for name in (ONE_FACE, CROWD))
    return beside_crowds(server, face, crowd, seconds=min(_BESIDE, 4 * seconds)).markdown()


def _table(servers: dict[str, Running], best: Best, wanted: dict[str, bytes], seconds: float) -> None:
    versions = [f"{name}: per s | p50 ms | CPU ms" for name in servers]
    ratios = ["this / bare", "CPU bare / this"] + (
        ["this / base", "p50 this / base", "CPU this / base"] if "base" in servers else []
    )
    print(f"| photo | at once | bare: per s | CPU ms | {' | '.join([*versions, *ratios])} |")
    print("|---" * (4 + 3 * len(servers) + len(ratios)) + "|")
    for photo, picture in wanted.items():
        for at_once in _CROWDS if photo == CROWD else _CONCURRENCIES:
            _line(photo, picture, at_once, servers, best, seconds)


def _line(
    photo: str, picture: bytes, at_once: int, servers: dict[str, Running], best: Best, seconds: float
) -> None:
    bare: list[Rate] = []
    rounds: list[dict[str, Cell]] = []
    for _ in range(_ROUNDS):
        bare.append(best(picture, at_once=at_once, seconds=seconds / 2))
        rounds.append({name: _cell(server, picture, at_once, seconds) for name, server in servers.items()})
    # The better of the rounds: what disturbs a measurement only ever slows it.
    seen = {name: max((one[name] for one in rounds), key=_goodness) for name in servers}
    this, mark = seen["this"], max(bare, key=lambda rate: rate.per_second)
    cells = [shown(mark.per_second, 1), shown(mark.cpu_ms)]
    for cell in seen.values():
        cells += [shown(cell.per_second, 1), shown(cell.median_ms), shown(cell.cpu_ms)]
    ratios = [this.per_second / mark.per_second, mark.cpu_ms / this.cpu_ms]
    if "base" in seen:
        base = seen["base"]
        ratios.append(this.per_second / base.per_second)
        ratios.append(this.median_ms / base.median_ms)
        ratios.append(this.cpu_ms / base.cpu_ms)
    print(f"| {' | '.join([photo, f'{at_once}', *cells, *(shown(one, 2) for one in ratios)])} |", flush=True)


def shown(value: float, digits: int = 0) -> str:
    """A number; a dash where a server refused, left something out or was too slow for its deadline."""
    return "-" if isnan(value) else f"{value:.{digits}f}"


def _goodness(cell: Cell) -> float:
    return -1.0 if isnan(cell.per_second) else cell.per_second


def _cell(server: Running, picture: bytes, at_once: int, seconds: float) -> Cell:
    try:
        asyncio.run(drive_for(server.url, picture, concurrency=1, seconds=0.1))
        before = server.total_cpu_seconds()
        seen = asyncio.run(drive_for(server.url, picture, concurrency=at_once, seconds=seconds))
    except (httpx.HTTPError, IncompleteError):
        return Cell(nan, nan, nan)  # too much at once, or too slow for the deadline
    used = server.total_cpu_seconds() - before
    return Cell(seen.per_second, seen.quantile_ms(0.5), used / len(seen.seconds) * 1e3)


if __name__ == "__main__":
    main()
