"""Questions to a page's browser: what only it knows, asked with a time limit."""

from typing import Any

from nicegui import Client

from portal.errors import BrowserError

# An answer takes milliseconds; a phone that wakes up, or a machine under load, takes seconds.
_SECONDS = 30


async def ask(page: Client, script: str) -> Any:
    """What a piece of JavaScript returns on a page. Raises BrowserError."""
    try:
        return await page.run_javascript(script, timeout=_SECONDS)
    except TimeoutError as error:
        raise BrowserError("The browser does not answer", "reload the page and try again") from error
