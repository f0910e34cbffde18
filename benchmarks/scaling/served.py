"""The simulation beside the real embedder service: its own process, one thread, HTTP and all, asked at random times."""

import asyncio
import time
from collections.abc import Callable
from random import Random

import httpx
import numpy as np

from benchmarks.scaling.check import Comparison, Seen, simulate
from benchmarks.scaling.simulation import Cost, arrivals
from benchmarks.servers import alone
from contracts.analysis import ChipsRequest
from contracts.chips import CHIP_SIZE
from contracts.message import MSGPACK

LOADS = (0.3, 0.6, 0.8)
_LONELY, _WARM = 80, 5
_SECONDS = 15.0
_MAX_BATCH = 4  # a service's own default
_HEADERS = {"Content-Type": MSGPACK, "Accept": MSGPACK}


def compare_service(cost: Cost) -> dict[float, Comparison]:
    """By load. The simulated service takes `cost`, scaled to what one lonely call takes here and now, and its spread."""
    with alone("embedder", threads=1) as server:
        return asyncio.run(_compare(server.url, cost))


async def _compare(url: str, cost: Cost) -> dict[float, Comparison]:
    chip = np.random.default_rng(0).integers(0, 256, (CHIP_SIZE, CHIP_SIZE, 3), np.uint8)
    body = ChipsRequest(chips=chip.tobytes()).to_msgpack()
    found = {}
    async with httpx.AsyncClient(
        base_url=url, timeout=60, limits=httpx.Limits(max_connections=500)
    ) as client:

        async def call() -> float:
            sent = time.perf_counter()
            (await client.post("/v1/embed", content=body, headers=_HEADERS)).raise_for_status()
            return time.perf_counter() - sent

        lonely = [await call() for _ in range(_LONELY)][_WARM:]
        for load in LOADS:
            rate = load / float(np.mean(lonely))
            times = list(arrivals(_always(rate), rate, _SECONDS, Random(7)))
            started = time.perf_counter()

            async def later(at: float, started: float = started) -> float:
                await asyncio.sleep(max(0.0, started + at - time.perf_counter()))
                return await call()

            seen = list(await asyncio.gather(*(later(at) for at in times)))
            after = [await call() for _ in range(_LONELY)]
            real = Seen(float(np.median(seen)), float(np.quantile(seen, 0.95)), float("nan"))
            found[load] = Comparison(simulate(_here(cost, lonely + after), times, _MAX_BATCH), real)
            lonely = after
    return found


def _here(cost: Cost, lonely: list[float]) -> Cost:
    """The cost as lonely calls before and after show it: other work on the machine makes all of it slower."""
    scale = float(np.mean(lonely)) / cost.mean(1)
    return Cost(cost.sizes, tuple(s * scale for s in cost.seconds), float(np.log(lonely).std()))


def _always(rate: float) -> Callable[[float], float]:
    return lambda _: rate
