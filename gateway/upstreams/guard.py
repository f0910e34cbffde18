"""A transport that gives each request a deadline and leaves a failing service alone for a while."""

import asyncio

import httpx

from gateway.upstreams.circuit import Circuit


class CircuitOpenError(httpx.ConnectError):
    """The service failed several times in a row and is left alone for the moment."""


class GuardTransport(httpx.AsyncBaseTransport):
    """Wraps the transport to one service: over the network and in process alike.

    The read timeout of a request is enforced here because a call within the process knows no timeouts. After `failures`
    errors or timeouts in a row requests fail at once with CircuitOpenError; after `seconds` one request is let through,
    and its outcome closes the circuit or opens it again.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, *, name: str, failures: int, seconds: float) -> None:
        self._inner = inner
        self._name = name
        self._circuit = Circuit(name, failures=failures, seconds=seconds)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises httpx.TransportError."""
        if not self._circuit.admits():
            raise CircuitOpenError(f"{self._name} failed several times in a row", request=request)
        seconds = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(seconds):
                response = await self._inner.handle_async_request(request)
        except TimeoutError as error:
            self._circuit.note_failure(error)
            raise httpx.ReadTimeout(f"no answer within {seconds} s", request=request) from error
        except httpx.TransportError as error:
            self._circuit.note_failure(error)
            raise
        self._circuit.note_success()
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()
