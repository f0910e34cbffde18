"""Several pictures in one request: a few at once, a result for each, in order."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from contracts.problems import FieldError
from web.problems import InvalidRequestError
from web.uploads import Form, Upload

T = TypeVar("T")
R = TypeVar("R")

# Of one request: the services' queues are shared by all callers.
_AT_ONCE = 4


def several(form: Form, name: str, most: int) -> list[Upload]:
    """The pictures of a field; one that could not be fetched raises when its content is asked for.

    Raises InvalidRequestError when there is none, or more than `most`.
    """
    pictures = form.images.get(name, [])
    if not pictures or len(pictures) > most:
        reason = f"send 1 to {most} pictures as {name!r}, not {len(pictures)}"
        raise InvalidRequestError(reason, errors=[FieldError(field=name, reason=reason)])
    return pictures


async def a_few_at_once(work: Callable[[int, T], Awaitable[R]], items: Sequence[T]) -> list[R]:
    """The result of `work(index, item)` for each, in order."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(index: int, item: T) -> R:
        async with places:
            return await work(index, item)

    return list(await asyncio.gather(*(one(i, item) for i, item in enumerate(items))))
