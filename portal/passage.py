"""The way through to a gateway elsewhere: requests and answers pass as they come, and nothing of them stays.

It stands behind the doors of `web.server.run`, which refuse other sites' pages: the gateway cannot see them behind it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from web.problems import DeadlineError, UnavailableError
from web.refusals import refusal

# What the gateway reads; never the cookies, nor the Host and Origin, which name the portal.
_ASKED = (
    "accept", "authorization", "cache-control", "content-length", "content-type", "idempotency-key", "traceparent",
    "x-api-key", "x-request-id",
)  # fmt: skip
_ANSWERED = (
    "cache-control", "content-disposition", "content-security-policy", "content-type", "retry-after", "x-cache",
    "x-request-id",
)  # fmt: skip
# The gateway's own deadline is 25 s; a bulk enrolment takes as long as its pictures.
_TIMEOUT = httpx.Timeout(120, connect=3)
_MOST = httpx.Limits(max_connections=64)


class Passage:
    """An ASGI app that is the gateway as far as the page can tell."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"), timeout=_TIMEOUT, limits=_MOST, transport=transport
        )

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Close the connections when the portal stops."""
        async with self._client:
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        request = Request(scope, receive)
        answer = await self._passed(request)
        await answer(scope, receive, send)

    async def _passed(self, request: Request) -> Response:
        headers = {name: request.headers[name] for name in _ASKED if name in request.headers}
        has_body = "content-length" in headers or "transfer-encoding" in request.headers
        wanted = self._client.build_request(
            request.method,
            _target(request.scope),
            headers=headers,
            content=request.stream() if has_body else None,
        )
        try:
            answer = await self._client.send(wanted, stream=True)
        except httpx.TimeoutException:
            return refusal(request, DeadlineError("the gateway did not answer in time"))
        except httpx.TransportError:
            return refusal(request, UnavailableError("the gateway cannot be reached", retry_after=2))
        except ClientDisconnect:
            return Response(status_code=499)
        kept = {name: answer.headers[name] for name in _ANSWERED if name in answer.headers}
        return StreamingResponse(
            answer.aiter_bytes(), answer.status_code, kept, background=BackgroundTask(answer.aclose)
        )


def _target(scope: Scope) -> str:
    """Path and query as they came, with their escapes."""
    query = scope["query_string"].decode("ascii")
    path: str = scope["raw_path"].decode("ascii")
    return f"{path}?{query}" if query else path
