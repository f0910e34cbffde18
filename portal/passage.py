"""The way through to a gateway elsewhere: requests and answers pass as they come, and nothing of them stays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from web.doors import crosses_sites

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
        answer = (
            _problem(403, "forbidden", "Refused", "another site may not write here")
            if crosses_sites(request)
            else await self._passed(request)
        )
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
            return _problem(504, "deadline", "The deadline has passed", "the gateway did not answer in time")
        except httpx.TransportError:
            return _problem(
                503, "unavailable", "A needed service is unavailable", "the gateway cannot be reached"
            )
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


def _problem(status: int, kind: str, title: str, detail: str) -> Response:
    content = {"type": kind, "title": title, "status": status, "detail": detail}
    retry = {"Retry-After": "2"} if status == 503 else None  # noqa: PLR2004  # 503: it may be back soon
    return JSONResponse(content, status, retry, media_type="application/problem+json")
