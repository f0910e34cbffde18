"""Bounded load on the stack: people who analyse and one who enrols, every answer kept."""

import itertools
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

_PAUSE_SECONDS = 0.2


@dataclass
class Load:
    """What the callers saw.

    Answers: status, seconds, body; 0 as the status of a connection that was not accepted. Broken: when the request was
    sent (time.monotonic) and how it ended. Acknowledged: the subjects whose enrolment was answered with 201.
    """

    answers: list[tuple[int, float, dict]] = field(default_factory=list)
    broken: list[tuple[float, str]] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    enrolments: list[tuple[int, float]] = field(default_factory=list)

    def statuses(self) -> set[int]:
        return {status for status, _, _ in self.answers}

    def slowest(self) -> float:
        return max(seconds for _, seconds, _ in self.answers)

    def partial(self) -> list[dict]:
        return [body for status, _, body in self.answers if status == httpx.codes.OK and body.get("problems")]

    def await_answers(self, count: int, *, at_least: float, at_most: float) -> None:
        """Until this many analyses more were answered, so that a slow machine sees a fault too."""
        started, before = time.monotonic(), len(self.answers)
        while (passed := time.monotonic() - started) < at_most:
            if passed >= at_least and len(self.answers) - before >= count:
                return
            time.sleep(0.1)


@contextmanager
def load(stack, picture, *, workers=2, features="embedding,emotion,attributes,keypoints", collection=None):
    """Analyse a photo again and again while the block runs, and enrol it into `collection` when there is one."""
    seen, stop = Load(), threading.Event()
    threads = [
        threading.Thread(target=_analyse, args=(stack, seen, stop, picture, features)) for _ in range(workers)
    ]
    if collection:
        threads.append(threading.Thread(target=_enrol, args=(stack, seen, stop, picture, collection)))
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _analyse(stack, seen, stop, picture, features):
    with stack.client() as client:
        while not stop.is_set():
            started = time.monotonic()
            try:
                answer = client.post(
                    "/v1/analyze",
                    files={"image": picture},
                    data={"features": features},
                    headers={"Cache-Control": "no-store"},
                )
                seen.answers.append((answer.status_code, time.monotonic() - started, answer.json()))
            except httpx.ConnectError:
                seen.answers.append((0, time.monotonic() - started, {}))
            except httpx.TransportError as error:
                seen.broken.append((started, repr(error)))
            stop.wait(_PAUSE_SECONDS)


def _enrol(stack, seen, stop, picture, collection):
    address = f"/v1/collections/{collection}/subjects"
    with stack.client() as client:
        for number in itertools.count():
            if stop.is_set():
                return
            subject, started = f"s{number}", time.monotonic()
            client.post(address, json={"id": subject})
            answer = client.post(f"{address}/{subject}/faces", files={"image": picture})
            if answer.status_code == httpx.codes.CREATED:
                seen.acknowledged.append(subject)
            seen.enrolments.append((answer.status_code, time.monotonic() - started))
            stop.wait(_PAUSE_SECONDS)
