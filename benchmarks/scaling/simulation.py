"""A discrete simulation of services under load: replicas, each with a bounded queue and work-conserving batches.

It follows `serving.batching` (a run takes what waits, up to `max_batch`; a full queue refuses at once) and
`gateway.upstreams.balancing` (the replica with the fewest outstanding items). A replica is one core: one run at a time.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random

import numpy as np


@dataclass(frozen=True)
class Cost:
    """What a run takes on one core: measured for some sizes of the batch, on straight lines between them."""

    sizes: tuple[int, ...]
    """Ascending; the first is 1."""
    seconds: tuple[float, ...]
    """Of a run of each size."""
    spread: float = 0.0
    """Standard deviation of the logarithm: pictures differ."""

    def mean(self, items: int) -> float:
        """The expected time of a run, beyond the largest size in proportion."""
        if items >= self.sizes[-1]:
            return self.seconds[-1] * items / self.sizes[-1]
        return float(np.interp(items, self.sizes, self.seconds))

    def draw(self, items: int, random: Random) -> float:
        """One run's time."""
        even = self.mean(items)
        return even * random.lognormvariate(-(self.spread**2) / 2, self.spread) if self.spread else even


class Clock:
    """Simulated time, and what is to happen when."""

    def __init__(self) -> None:
        self.now = 0.0
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        """Let something happen later."""
        heapq.heappush(self._agenda, (self.now + seconds, next(self._order), event))

    def run(self, until: float) -> None:
        """Let time pass."""
        while self._agenda and self._agenda[0][0] <= until:
            self.now, _, event = heapq.heappop(self._agenda)
            event()
        self.now = until


@dataclass(eq=False)
class Request:
    """Items that were sent together, and what happens when all of them are done (True) or one is refused (False)."""

    left: int
    done: Callable[[bool], None]


@dataclass(eq=False)
class Replica:
    """One process on one core."""

    queue: deque[Request] = field(default_factory=deque)
    running: int = 0
    leaving: bool = False

    @property
    def outstanding(self) -> int:
        """What waits and what runs."""
        return len(self.queue) + self.running


class Service:
    """Replicas of one task behind the gateway's balancing."""

    def __init__(
        self,
        clock: Clock,
        cost: Cost,
        *,
        replicas: int = 1,
        max_batch: int = 16,
        max_queue: int = 256,
        random: Random | None = None,
    ) -> None:
        self._clock, self._cost = clock, cost
        self._max_batch, self._max_queue = max_batch, max_queue
        self._random = random or Random(0)
        self.replicas = [Replica() for _ in range(replicas)]
        self.busy_seconds = 0.0
        self.items = self.runs = self.refused = 0

    @property
    def serving(self) -> list[Replica]:
        """Those that the gateway sends to."""
        return [replica for replica in self.replicas if not replica.leaving]

    @property
    def waiting(self) -> int:
        """Items in the queues: `hexaface_queue_items` of all replicas."""
        return sum(len(replica.queue) for replica in self.replicas)

    def submit(self, items: int, done: Callable[[bool], None]) -> None:
        """Send items of one request to the replica with the fewest outstanding; all are admitted or none."""
        if not items:
            done(True)
            return
        replica = min(self.serving, key=lambda one: (one.outstanding, self._random.random()))
        if replica.queue and len(replica.queue) + items > self._max_queue:
            self.refused += 1
            done(False)
            return
        replica.queue.extend([Request(items, done)] * items)
        self._start(replica)

    def add(self, replicas: int) -> None:
        """New replicas that are ready now."""
        self.replicas += [Replica() for _ in range(replicas)]

    def drop(self, replicas: int) -> None:
        """Let replicas leave: they get nothing new and answer what they have."""
        for replica in self.serving[len(self.serving) - replicas :]:
            replica.leaving = True
        self._forget_idle()

    def _start(self, replica: Replica) -> None:
        if replica.running or not replica.queue:
            return
        batch = [replica.queue.popleft() for _ in range(min(self._max_batch, len(replica.queue)))]
        replica.running = len(batch)
        seconds = self._cost.draw(len(batch), self._random)
        self.busy_seconds += seconds
        self.runs += 1
        self._clock.after(seconds, lambda: self._finish(replica, batch))

    def _finish(self, replica: Replica, batch: list[Request]) -> None:
        self.items += len(batch)
        replica.running = 0
        self._start(replica)
        self._forget_idle()
        for request in batch:
            request.left -= 1
            if not request.left:
                request.done(True)

    def _forget_idle(self) -> None:
        self.replicas = [r for r in self.replicas if r.outstanding or not r.leaving]


@dataclass
class Answers:
    """What the callers saw: when each picture was sent, and how long it took; refused ones apart."""

    sent: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)


class Pipeline:
    """A picture's way: gateway, detector, then every face service at once."""

    def __init__(self, clock: Clock, gateway: Service, detector: Service, faces: dict[str, Service]) -> None:
        self.answers = Answers()
        self.services = {"gateway": gateway, "detector": detector, **faces}
        self._clock, self._faces = clock, faces

    def analyze(self, faces: int) -> None:
        """Send a picture with so many faces."""
        sent = self._clock.now
        detector = self.services["detector"]
        self.services["gateway"].submit(
            1,
            lambda ok: (
                detector.submit(1, lambda ok: self._fan_out(sent, faces, ok)) if ok else self._end(sent, ok)
            ),
        )

    def _fan_out(self, sent: float, faces: int, ok: bool) -> None:
        if not ok or not faces:
            self._end(sent, ok)
            return
        outcomes: list[bool] = []

        def one_done(ok: bool) -> None:
            outcomes.append(ok)
            if len(outcomes) == len(self._faces):
                self._end(sent, all(outcomes))

        for service in self._faces.values():
            service.submit(faces, one_done)

    def _end(self, sent: float, ok: bool) -> None:
        if not ok:
            self.answers.refused.append(sent)
            return
        self.answers.sent.append(sent)
        self.answers.seconds.append(self._clock.now - sent)


def arrivals(rate: Callable[[float], float], peak: float, until: float, random: Random) -> Iterator[float]:
    """The times of a Poisson process whose rate changes, at most `peak`, by thinning (Lewis & Shedler 1979)."""
    now = 0.0
    while (now := now + random.expovariate(peak)) < until:
        if random.random() * peak < rate(now):
            yield now
