"""One open page: its connection to the API and the key, which lives in the browser's session only."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from nicegui import Client as Page
from nicegui import ui

from hexaface.client.call import Call
from hexaface.client.clients import AsyncClient
from hexaface.client.errors import ServerProblemError
from portal.browser import ask
from portal.inbox import Inbox

A = TypeVar("A")
Connect = Callable[[str | None], AsyncClient]

_READ_KEY = "return sessionStorage.getItem('hexaface-key')"
_FORGET_KEY = "sessionStorage.removeItem('hexaface-key')"
_KEY_CHANGED = "hexaface-key-changed"
_TOO_MANY = 429
# A rate limit per minute has room again within one; the second wait is for those who waited beside us.
_WAITS, _LONGEST_WAIT = 2, 60.0


@dataclass(frozen=True)
class Portal:
    """What every page needs: how to reach the API, how its address reads to others, and where pictures arrive.

    `public_url` is None when the API has the portal's own address.
    """

    connect: Connect
    public_url: str | None
    inbox: Inbox


class Session:
    """The API as one page uses it; raises HexafaceError like the client does."""

    def __init__(self, portal: Portal, page: Page) -> None:
        self.portal = portal
        self._page = page
        self._client: AsyncClient | None = None
        self._key: str | None = None
        page.on_delete(self._close)

    @property
    def url(self) -> str:
        """The API's address for the reader's own programs."""
        return self.portal.public_url or str(self._page.request.base_url).rstrip("/")

    async def send(self, call: Call[A]) -> A:
        """Carry out a call with the key of this browser session."""
        key = await ask(self._page, _READ_KEY)
        if self._client is None or key != self._key:
            await self._close()
            self._client, self._key = self.portal.connect(key), key
        return await self._client.send(call)

    async def send_patiently(self, call: Call[A]) -> A:
        """As `send`, but waits where the server says when to try again: for work of many calls."""
        for _ in range(_WAITS):
            try:
                return await self.send(call)
            except ServerProblemError as failure:
                if failure.problem.status != _TOO_MANY or failure.retry_after is None:
                    raise
                await asyncio.sleep(min(failure.retry_after, _LONGEST_WAIT))
        return await self.send(call)

    @staticmethod
    def keep_key(key: str) -> None:
        """Keep a key until the browser's tab is closed, or forget it when it is empty."""
        kept = f"sessionStorage.setItem('hexaface-key', {json.dumps(key)})" if key else _FORGET_KEY
        ui.run_javascript(f"{kept}; emitEvent('{_KEY_CHANGED}')")

    @staticmethod
    def on_key(load: Callable[[], Awaitable[None]]) -> None:
        """Call `load` each time the key has changed: for what a page asks the API by itself."""
        ui.on(_KEY_CHANGED, load)

    async def _close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()
