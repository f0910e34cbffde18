"""Many calls to a server: several at once, in order, and patient where the server says when to come again."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Annotated, TypeVar

import typer

from hexaface.client.errors import ServerProblemError, UnreachableError

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741  # an item

AtOnce = Annotated[int, typer.Option(help="pictures under way at the same time", min=1, max=64)]

# Longer than a minute's limit takes to come round; a daily one is the caller's to wait for.
_LONGEST_WAIT = 120.0
# A service that restarts is back by then; one that is gone for good should not hold up every picture.
_LONGEST_OUTAGE = 30.0
_NOT_NOW = (429, 503)


class Patience:
    """Carries calls out, again where the server says so; when one is told to wait, all wait."""

    def __init__(self) -> None:
        self._resume_at = 0.0
        self._last_success: float | None = None

    def __call__(self, ask: Callable[[], T]) -> T:
        """The answer. Raises what the call raises when waiting longer makes no sense."""
        started = time.monotonic()
        while True:
            time.sleep(max(0.0, self._resume_at - time.monotonic()))
            try:
                answer = ask()
            except (ServerProblemError, UnreachableError) as error:
                now = time.monotonic()
                pause = self._pause(error, now, started)
                if pause is None:
                    raise
                self._resume_at = max(self._resume_at, now + pause)
            else:
                self._last_success = time.monotonic()
                return answer

    def _pause(
        self, error: ServerProblemError | UnreachableError, now: float, started: float
    ) -> float | None:
        """How long to wait before the next try; None: do not try again."""
        if isinstance(error, ServerProblemError) and error.problem.status == _NOT_NOW[0]:
            pause = error.retry_after or 1.0
            return pause if now + pause - started <= _LONGEST_WAIT else None
        passing = isinstance(error, UnreachableError) or error.problem.status in _NOT_NOW
        worked = self._last_success is not None and now - self._last_success <= _LONGEST_OUTAGE
        return 1.0 if passing and worked else None


def several(work: Callable[[I], T], items: Iterable[I], at_once: int) -> Iterator[tuple[I, "Future[T]"]]:
    """Each item with its finished work, in order; `at_once` are under way. Ending early drops what has not begun."""
    pool = ThreadPoolExecutor(at_once)
    under_way: deque[tuple[I, Future[T]]] = deque()
    try:
        for item in items:
            under_way.append((item, pool.submit(work, item)))
            if len(under_way) > 2 * at_once:
                yield under_way.popleft()
        while under_way:
            yield under_way.popleft()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
