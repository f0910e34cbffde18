"""The simulation beside the real batcher: `serving.batching` on its event loop, with a model that only takes its time."""

import asyncio
import time
from dataclasses import dataclass
from random import Random

import numpy as np

from benchmarks.scaling.simulation import Clock, Cost, Service, arrivals
from serving.batching import Batcher, Item
from serving.cores import Cores


@dataclass(frozen=True)
class Seen:
    """What callers saw."""

    median: float
    """Seconds from sending to answer."""
    p95: float
    batch: float
    """Items in a run, on average."""


@dataclass(frozen=True)
class Comparison:
    """One load, simulated and real."""

    simulated: Seen
    real: Seen


def compare(cost: Cost, *, load: float, seconds: float, max_batch: int) -> Comparison:
    """The same arrivals to both; `load` is of one replica that runs single items."""
    rate = load / cost.mean(1)
    times = list(arrivals(lambda _: rate, rate, seconds, Random(7)))
    return Comparison(simulate(cost, times, max_batch), asyncio.run(_measure(cost, times, max_batch)))


def simulate(cost: Cost, times: list[float], max_batch: int) -> Seen:
    """What callers of one simulated replica see who send single items at these times."""
    clock, found = Clock(), list[float]()
    service = Service(clock, cost, max_batch=max_batch, max_queue=100_000)

    def send() -> None:
        sent = clock.now
        service.submit(1, lambda _: found.append(clock.now - sent))

    for at in times:
        clock.after(at, send)
    clock.run(times[-1] + 3_600)
    return _seen(found, service.items / service.runs)


async def _measure(cost: Cost, times: list[float], max_batch: int) -> Seen:
    sizes: list[int] = []

    def run(batch: Item, _wide: bool) -> Item:  # a batcher's `Run`
        sizes.append(len(batch["x"]))
        time.sleep(cost.mean(len(batch["x"])))
        return batch

    batcher = Batcher(run, task="check", max_batch=max_batch, max_queue=100_000, cores=Cores(1))
    batcher.start()
    started = time.perf_counter()

    async def one(at: float) -> float:
        await asyncio.sleep(max(0.0, started + at - time.perf_counter()))
        sent = time.perf_counter()
        await batcher.submit([{"x": np.zeros(1, np.float32)}])
        return time.perf_counter() - sent

    found = list(await asyncio.gather(*(one(at) for at in times)))
    await batcher.drain()
    return _seen(found, float(np.mean(sizes)))


def _seen(seconds: list[float], batch: float) -> Seen:
    return Seen(float(np.median(seconds)), float(np.quantile(seconds, 0.95)), batch)
