"""Decoding within a budget: no mix of pictures takes more memory than the operator granted."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from serving.metrics import DECODE_BYTES
from serving.pictures.photo import Photo
from serving.pictures.pixels import Pixels
from web.problems import OverloadedError, TooManyPixelsError

_Entry = tuple[int, bool, asyncio.Future[None]]
"""What waits: its bytes, whether it is large, its turn."""

_MIB = 2**20
# A caller waits for others' pictures no longer than this; the gateway gives a service 10 s, and a decode takes up to 3.
PATIENCE_SECONDS = 3.0
_MAX_WAITING = 64
# Most pictures are small: they have threads and an eighth of the budget that large ones never take from them, so that
# nobody's large pictures keep the others waiting. A JPEG of 12 megapixels, read at half its size, is small in 512 MiB.
_SMALL_SHARE = 1 / 16
_RESERVED_SHARE = 1 / 8


class Decoding:
    """Decodes photos side by side, as many as fit into a budget of bytes; the services of one process share one.

    Small pictures do not wait for large ones.
    """

    def __init__(self, *, budget_mib: int, threads: int, patience: float | None = PATIENCE_SECONDS) -> None:
        """`patience`: the seconds that a picture waits for room; None for as long as it takes."""
        self._patience = patience
        self._budget = budget_mib * _MIB
        self._small = int(self._budget * _SMALL_SHARE)
        self._reserved = int(self._budget * _RESERVED_SHARE)
        self._used = 0
        self._large = 0
        self._waiting: deque[_Entry] = deque()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="decode")
        self._large_threads = ThreadPoolExecutor(threads, thread_name_prefix="decode-large")

    async def open(self, data: bytes, *, max_pixels: int) -> Photo:
        """Read a picture's header. Raises ProblemError (415, 422)."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: Photo(data, max_pixels=max_pixels)
        )

    @asynccontextmanager
    async def pixels(self, photo: Photo, reduction: int = 1) -> AsyncIterator[Pixels]:
        """A photo's pixels at 1/`reduction` of its size; they count against the budget until the context ends.

        Raises TooManyPixelsError (422) for a picture that alone takes more than the budget, OverloadedError (429) when
        others' pictures fill it for too long, UndecodableImageError (422). A decode that nobody waits for is abandoned.
        """
        cost = photo.cost(reduction)
        large = cost > self._small
        await self._admit(cost, large)
        threads = self._large_threads if large else self._threads
        work = asyncio.get_running_loop().run_in_executor(threads, photo.decode, reduction)
        try:
            # Shielded: a thread cannot be stopped from outside, so what it takes stays counted until it ends.
            pixels = await asyncio.shield(work)
        except asyncio.CancelledError:
            photo.abandon()
            work.add_done_callback(lambda done: self._release(cost, large, done))
            raise
        except BaseException:
            self._release(cost, large)
            raise
        self._release(cost - pixels.nbytes, large)
        try:
            yield pixels
        finally:
            self._release(pixels.nbytes, large)

    async def _admit(self, cost: int, large: bool) -> None:
        if cost > self._budget:
            raise TooManyPixelsError(
                f"decoding this picture takes {cost / _MIB:.0f} MiB, over the limit of {self._budget / _MIB:.0f}; "
                "scale it down, or send it as a JPEG"
            )
        if self._fits(cost, large) and (not large or not self._large_waits()):
            self._use(cost, large)
            return
        if len(self._waiting) >= _MAX_WAITING:
            raise _full()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (cost, large, turn)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except TimeoutError as error:
            self._leave(entry)
            raise _full() from error
        except asyncio.CancelledError:
            self._leave(entry)
            raise

    def _leave(self, entry: _Entry) -> None:
        if entry in self._waiting:
            self._waiting.remove(entry)
            self._admit_next()
        else:  # admitted in the same moment
            self._release(entry[0], entry[1])

    def _fits(self, cost: int, large: bool) -> bool:
        beside_others = not large or not self._large or self._large + cost <= self._budget - self._reserved
        return beside_others and self._used + cost <= self._budget

    def _large_waits(self) -> bool:
        return any(large for _, large, _ in self._waiting)

    def _use(self, more: int, large: bool) -> None:
        self._used += more
        self._large += more if large else 0
        DECODE_BYTES.set(self._used)

    def _release(self, count: int, large: bool, done: "asyncio.Future[Pixels] | None" = None) -> None:
        if done is not None:
            done.exception()  # abandoned: whatever became of it, nobody reads it
        self._use(-count, large)
        self._admit_next()

    def _admit_next(self) -> None:
        """Let in who waits, in turn; but where a large picture does not fit, the small ones behind it may."""
        blocked = False
        for entry in list(self._waiting):
            cost, large, turn = entry
            if (large and blocked) or not self._fits(cost, large):
                blocked = blocked or large
                continue
            self._waiting.remove(entry)
            self._use(cost, large)
            if not turn.done():
                turn.set_result(None)


def _full() -> OverloadedError:
    return OverloadedError("too many large pictures at once; try again", retry_after=2)
