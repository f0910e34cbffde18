"""Work beside the event loop, for as many items as it is worth a thread for."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


async def each(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """The work done on each item, in a thread; on one item, which takes less than waking a thread does, at once."""
    if len(items) == 1:
        return [work(items[0])]
    return await asyncio.to_thread(lambda: [work(item) for item in items])
