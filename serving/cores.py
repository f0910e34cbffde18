"""The processor shared out by load: alone one run of a model has all cores, many runs go side by side on one each.

A run on several threads leaves cores idle between its layers, so many runs on one thread each do more together; but
nobody shall wait on one core while the others idle.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Cores:
    """At most `count` runs at a time, first come, first served; all models of a process on a processor share one."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="model")
        self._free = asyncio.Semaphore(count)
        self._asked = 0

    async def enter(self) -> "Lane":
        """Wait for one's turn to run; whoever enters must leave the lane."""
        self._asked += 1
        try:
            await self._free.acquire()
        except BaseException:
            self._asked -= 1
            raise
        # Beyond half of the cores, runs that each use all of them get in one another's way.
        return Lane(self, self._threads, wide=2 * self._asked <= max(2, self.count))

    def leave(self) -> None:
        """A run ended; the next may begin."""
        self._asked -= 1
        self._free.release()


class Lane:
    """The right to one run: `wide` when it may use all cores, else one."""

    def __init__(self, cores: Cores, threads: ThreadPoolExecutor, *, wide: bool) -> None:
        self.wide = wide
        self._cores = cores
        self._threads = threads

    async def run(self, work: Callable[[], T]) -> T:
        """Do the work on a thread for runs."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def leave(self) -> None:
        """Give the lane back."""
        self._cores.leave()
