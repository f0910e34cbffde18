"""A circuit breaker: who failed several times in a row is left alone for a while."""

import time

import structlog

log = structlog.get_logger(__name__)


class Circuit:
    """After `failures` in a row nothing is admitted for `seconds`; then one call is, and its outcome decides anew."""

    def __init__(self, name: str, *, failures: int, seconds: float) -> None:
        self._name = name
        self._limit = failures
        self._seconds = seconds
        self._failed = 0
        self._retry_at = 0.0

    def admits(self) -> bool:
        """Whether a call may be tried. The one after a pause is the probe: others wait for its outcome."""
        if self._failed < self._limit:
            return True
        now = time.monotonic()
        if now < self._retry_at:
            return False
        self._retry_at = now + self._seconds
        return True

    def note_success(self) -> None:
        """The call was answered."""
        self._failed = 0

    def note_failure(self, error: Exception) -> None:
        """The call was not answered."""
        self._failed += 1
        if self._failed == self._limit:
            log.warning(
                "circuit.opened", upstream=self._name, seconds=self._seconds, error=type(error).__name__
            )
        if self._failed >= self._limit:
            self._retry_at = time.monotonic() + self._seconds
