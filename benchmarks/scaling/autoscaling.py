"""Kubernetes' autoscaler on what Prometheus sees, as the chart sets it up by KEDA."""

import math
from collections import deque
from dataclasses import dataclass

from benchmarks.scaling.simulation import Clock, Service

# kube-controller-manager: looks every 15 s, leaves 10 % of difference alone, at most doubles or adds four pods a time.
_LOOK_SECONDS = 15
_TOLERANCE = 0.1
_MOST_ADDED = 4


@dataclass(frozen=True)
class Policy:
    """When replicas come and go. A trigger that is 0 is off; of two the one that wants more counts."""

    queue: float = 0
    """Waiting items per replica."""
    busy: float = 0
    """Share of the time that a replica's core computes, 0 to 1."""
    least: int = 1
    most: int = 12
    scrape_seconds: float = 15
    start_seconds: float = 20
    """From the wish for a pod to its being ready: schedule, start, load, reproduce the stored answer."""
    stay_seconds: float = 300
    """As many as were wanted at any time in the last so many seconds (stabilization window for scaling down)."""


class Autoscaler:
    """Watches a service, and keeps its number of replicas."""

    def __init__(self, clock: Clock, service: Service, policy: Policy) -> None:
        self._clock, self._service, self._policy = clock, service, policy
        self._queues: deque[float] = deque(maxlen=max(1, round(30 / policy.scrape_seconds) + 1))
        self._busy: deque[float] = deque(maxlen=max(2, round(60 / policy.scrape_seconds) + 1))
        self._wanted: deque[tuple[float, int]] = deque()
        self._coming = 0
        self.history: list[tuple[float, int]] = []
        """(time, ready replicas) at each scrape."""
        clock.after(0, self._scrape)
        clock.after(_LOOK_SECONDS, self._look)

    def _scrape(self) -> None:
        self._queues.append(self._service.waiting)
        self._busy.append(self._service.busy_seconds)
        self.history.append((self._clock.now, len(self._service.serving)))
        self._clock.after(self._policy.scrape_seconds, self._scrape)

    def _look(self) -> None:
        policy, now = self._policy, len(self._service.serving) + self._coming
        wanted = min(max(self._wish(now), policy.least), policy.most)
        self._wanted.append((self._clock.now, wanted))
        while self._wanted[0][0] < self._clock.now - policy.stay_seconds:
            self._wanted.popleft()
        if wanted > now:
            added = min(wanted, max(2 * now, now + _MOST_ADDED)) - now
            self._coming += added
            self._clock.after(policy.start_seconds, lambda: self._arrive(added))
        elif (kept := max(n for _, n in self._wanted)) < now:
            self._service.drop(now - kept)
        self._clock.after(_LOOK_SECONDS, self._look)

    def _wish(self, now: int) -> int:
        """The largest of the triggers' wishes: metric / target, rounded up, unless it is within the tolerance."""
        policy = self._policy
        metrics = []
        if policy.queue:
            metrics.append(sum(self._queues) / len(self._queues) / policy.queue)
        if policy.busy:
            seconds = policy.scrape_seconds * max(1, len(self._busy) - 1)
            metrics.append((self._busy[-1] - self._busy[0]) / seconds / policy.busy)
        wishes = [now if abs(m / now - 1) <= _TOLERANCE else math.ceil(m) for m in metrics]
        return max(wishes, default=now)

    def _arrive(self, added: int) -> None:
        self._coming -= added
        self._service.add(added)
