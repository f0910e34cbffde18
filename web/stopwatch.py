"""How long something took."""

import time


class Stopwatch:
    """Runs from its making."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return time.perf_counter() - self._started

    @property
    def ms(self) -> float:
        """Milliseconds so far, to a hundredth: finer than any clock of ours repeats."""
        return round(self.seconds * 1e3, 2)
