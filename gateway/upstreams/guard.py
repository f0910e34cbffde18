"""A transport that gives each request a deadline and leaves a failing service alone for a while."""

import asyncio
import time

import httpx
import structlog

log = structlog.get_logger(__name__)


class CircuitOpenError(httpx.ConnectError):
    """The service failed several times in a row and is left alone for the moment."""


class GuardTransport(httpx.AsyncBaseTransport):
    """Wraps the transport to one service: over the network and in process alike.

    The read timeout of a request is enforced here because `httpx.ASGITransport` ignores timeouts. After `failures`
    errors or timeouts in a row requests fail at once with CircuitOpenError; after `seconds` one request is let through,
    and its outcome closes the circuit or opens it again.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, *, name: str, failures: int, seconds: float) -> None:
        self._inner = inner
        self._name = name
        self._limit = failures
        self._seconds = seconds
        self._failed = 0
        self._retry_at = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises httpx.TransportError."""
        self._admit(request)
        seconds = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(seconds):
                response = await self._inner.handle_async_request(request)
        except TimeoutError as error:
            self._note_failure()
            raise httpx.ReadTimeout(f"no answer within {seconds} s", request=request) from error
        except httpx.TransportError:
            self._note_failure()
            raise
        self._failed = 0
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()

    def _admit(self, request: httpx.Request) -> None:
        if self._failed < self._limit:
            return
        now = time.monotonic()
        if now < self._retry_at:
            raise CircuitOpenError(f"{self._name} failed {self._failed} times in a row", request=request)
        # This request is the probe; others wait for its outcome.
        self._retry_at = now + self._seconds

    def _note_failure(self) -> None:
        self._failed += 1
        if self._failed == self._limit:
            log.warning("circuit.opened", upstream=self._name, seconds=self._seconds)
        if self._failed >= self._limit:
            self._retry_at = time.monotonic() + self._seconds
