"""How many replicas a task needs."""

import math
from random import Random

from benchmarks.scaling.simulation import Clock, Cost, Service, arrivals


def smallest(cost: Cost, *, rate: float, within: float, seconds: float = 60, max_batch: int = 4) -> int:
    """The fewest replicas that answer 95 % of `rate` items a second `within` so many seconds, none refused.

    Arrivals are random (Poisson), so it is always more than the mean load, rounded up.
    """
    replicas = max(1, math.floor(rate * min(cost.mean(n) / n for n in range(1, max_batch + 1))))
    while not _good(cost, replicas, rate, within, seconds, max_batch):
        replicas += max(1, replicas // 20)
    return replicas


def _good(cost: Cost, replicas: int, rate: float, within: float, seconds: float, max_batch: int) -> bool:
    clock, found = Clock(), list[float]()
    service = Service(clock, cost, replicas=replicas, max_batch=max_batch)

    def send() -> None:
        sent = clock.now
        service.submit(1, lambda ok: found.append(clock.now - sent if ok else math.inf))

    for at in arrivals(lambda _: rate, rate, seconds, Random(5)):
        clock.after(at, send)
    clock.run(seconds)
    unanswered = [seconds] * service.waiting  # a queue that only grows shows at the end
    times = sorted([*found, *unanswered])
    return times[math.ceil(0.95 * len(times)) - 1] <= within
