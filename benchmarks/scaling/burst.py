"""Five times the load for five minutes: what each way of autoscaling makes of it."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random

import numpy as np

from benchmarks.scaling.autoscaling import Autoscaler, Policy
from benchmarks.scaling.simulation import Answers, Clock, Cost, Service, arrivals

QUIET, BURST = 60.0, 300.0
"""Items a second before and after, and in the burst."""
BEGINS, ENDS, LASTS = 300.0, 900.0, 2_100.0
POLICIES = {
    "one replica, none added": Policy(queue=1, least=1, most=1),
    "queue of 24 a replica (the chart until now)": Policy(queue=24),
    "queue of 4 a replica": Policy(queue=4),
    "busy 0.7": Policy(busy=0.7),
    "busy 0.7 or queue of 24": Policy(busy=0.7, queue=24),
    "the same, never fewer than 2": Policy(busy=0.7, queue=24, least=2),
}


@dataclass(frozen=True)
class Ride:
    """How a policy took the burst."""

    history: list[tuple[float, int]]
    """(time, ready replicas)."""
    answers: Answers

    def p95(self, begins: float, ends: float) -> float:
        """Seconds that 95 % of what was sent between two times took."""
        sent = np.asarray(self.answers.sent)
        inside = (sent >= begins) & (sent < ends)
        return float(np.quantile(np.asarray(self.answers.seconds)[inside], 0.95)) if inside.any() else np.nan

    @property
    def refused(self) -> float:
        """The share of everything sent that was refused."""
        return len(self.answers.refused) / (len(self.answers.refused) + len(self.answers.sent))

    @property
    def replica_minutes(self) -> float:
        """What it cost."""
        return sum(ready for _, ready in self.history) * LASTS / len(self.history) / 60

    @property
    def changes(self) -> int:
        """How often the number of replicas fell below what it was, while the burst went on."""
        ready = [count for at, count in self.history if BEGINS < at < ENDS]
        return sum(later < before for before, later in pairwise(ready))


def ride(cost: Cost, policy: Policy) -> Ride:
    """One service, one policy, the burst."""
    clock, answers = Clock(), Answers()
    service = Service(clock, cost, replicas=policy.least, max_batch=4)
    scaler = Autoscaler(clock, service, policy)

    def send() -> None:
        sent = clock.now

        def done(ok: bool) -> None:  # a service's `done`
            if ok:
                answers.sent.append(sent)
                answers.seconds.append(clock.now - sent)
            else:
                answers.refused.append(sent)

        service.submit(1, done)

    for at in arrivals(lambda now: BURST if BEGINS <= now < ENDS else QUIET, BURST, LASTS, Random(4)):
        clock.after(at, send)
    clock.run(LASTS + 60)
    return Ride([(at, ready) for at, ready in scaler.history if at <= LASTS], answers)
