"""A transport that gives each request a deadline and leaves a failing service alone for a while."""

import asyncio

import httpx

from gateway.upstreams.circuit import Circuit

_PROBE_SECONDS = 2.0
_SERVER_ERRORS = 500


class CircuitOpenError(httpx.ConnectError):
    """The service failed several times in a row and is left alone for the moment."""


class GuardTransport(httpx.AsyncBaseTransport):
    """Wraps the transport to one service: over the network and in process alike.

    The read timeout of a request is enforced here because a call within the process knows no timeouts. After `failures`
    in a row requests fail at once with CircuitOpenError; after `seconds` one request is let through, and its outcome
    closes the circuit or opens it again. A request that ran out of time while the service still answers others is no
    failure of the service: nobody's slow pictures shut it to everybody else.
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
            # A question for readiness is asked by probes, which wait for no second one.
            if request.method != "GET" and await self._answers(request):
                self._circuit.note_success()
            else:
                self._circuit.note_failure(error)
            raise httpx.ReadTimeout(f"no answer within {seconds} s", request=request) from error
        except httpx.TransportError as error:
            self._circuit.note_failure(error)
            raise
        self._circuit.note_success()
        return response

    async def _answers(self, request: httpx.Request) -> bool:
        """Whether the service of a request that ran out of time answers at all."""
        probe = httpx.Request("GET", request.url.join("/healthz"), extensions=request.extensions)
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                response = await self._inner.handle_async_request(probe)
                await response.aread()
        except (TimeoutError, httpx.TransportError):
            return False
        return response.status_code < _SERVER_ERRORS

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()
