"""Bounded load on the stack: a few workers, a fixed time, every answer kept."""

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
    sent (time.monotonic) and how it ended.
    """

    answers: list[tuple[int, float, dict]] = field(default_factory=list)
    broken: list[tuple[float, str]] = field(default_factory=list)

    def statuses(self) -> set[int]:
        return {status for status, _, _ in self.answers}

    def slowest(self) -> float:
        return max(seconds for _, seconds, _ in self.answers)

    def partial(self) -> list[dict]:
        return [body for status, _, body in self.answers if status == httpx.codes.OK and body.get("problems")]


@contextmanager
def load(stack, picture, *, workers=2, features="embedding,emotion,attributes,keypoints"):
    """Analyse a photo again and again while the block runs."""
    seen, stop = Load(), threading.Event()

    def work():
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

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()
