"""Long work that a person may cancel, also in the middle of a step."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from portal.controls import button

T = TypeVar("T")


class Cancellation:
    """A button that is there while work is under way; pressed, it ends the step under way and the work."""

    def __init__(self) -> None:
        self.asked = False
        self._step: asyncio.Future[Any] | None = None
        self._button = button("Cancel", self.ask)
        self._button.visible = False

    def begin(self) -> None:
        """Show the button."""
        self.asked, self._button.visible = False, True

    def end(self) -> None:
        """Hide the button."""
        self._button.visible = False

    def ask(self) -> None:
        """Cancel."""
        self.asked = True
        if self._step is not None:
            self._step.cancel()

    async def step(self, work: Awaitable[T], otherwise: T) -> T:
        """Do a step of the work; `otherwise` when it was cancelled before its end."""
        step: asyncio.Future[T] = asyncio.ensure_future(work)
        self._step = step
        try:
            return await step
        except asyncio.CancelledError:
            if not self.asked:
                raise  # the server stops, or the page is gone
            return otherwise
        finally:
            self._step = None
