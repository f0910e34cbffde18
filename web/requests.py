"""Request ids, the access log line and the request metrics: one ASGI middleware for every app."""

import asyncio
import re
import time
import uuid

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.tracing import current_trace_id, describe_request, server_span

log = structlog.get_logger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Asked for every few seconds by probes: their log lines would drown the others.
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
CLIENT_GONE = 499
"""The status logged when the caller hung up before the answer; nginx's, HTTP itself has none."""

_LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30)

LATENCY = Histogram(
    "hexaface_request_seconds",
    "Time from the request's first byte to the answer's last",
    ["app", "route", "method"],
    buckets=_LATENCY_BUCKETS,
)
REQUESTS = Counter("hexaface_requests_total", "Answered requests", ["app", "route", "method", "status"])


def request_id_of(scope: Scope) -> str | None:
    """The id of the request that this scope belongs to."""
    found = scope.get("hexaface_request_id")
    return found if isinstance(found, str) else None


def trace_id_of(scope: Scope) -> str | None:
    """The id of the trace that this scope's request belongs to; None without tracing."""
    found = scope.get("hexaface_trace_id")
    return found if isinstance(found, str) else None


def route_of(scope: Scope) -> str:
    """The route's template, never the raw path: its ids may be people's names, and would grow metrics without bound."""
    found = getattr(scope.get("route"), "path", None)
    return found if isinstance(found, str) else "unmatched"


def id_headers(scope: Scope) -> dict[str, str]:
    """The headers that name the request, and its trace when tracing is on."""
    ids = {"x-request-id": request_id_of(scope), "x-trace-id": trace_id_of(scope)}
    return {name: value for name, value in ids.items() if value}


class RequestMiddleware:
    """Gives each request an id (a well-formed `X-Request-ID` is kept), logs and measures it."""

    def __init__(self, app: ASGIApp, *, name: str) -> None:
        self._app = app
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"] in _QUIET:
            await self._serve(scope, receive, send)
            return
        with server_span(scope["method"], _headers(scope)):
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = _given_id(scope) or uuid.uuid4().hex
        # In the scope, since an error that nobody expected is answered outside this middleware.
        scope["hexaface_request_id"], scope["hexaface_trace_id"] = request_id, current_trace_id()
        status, answered = 500, False
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status, answered = message["status"], True
                _describe(scope, status)  # FastAPI ends its span with the last byte of the answer
                ids = [(name.encode(), value.encode()) for name, value in id_headers(scope).items()]
                message["headers"] = [*message.get("headers", []), *ids]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id, app=self._name):
            try:
                await self._app(scope, receive, send_with_id)
            except asyncio.CancelledError:
                status = CLIENT_GONE
                raise
            finally:
                if not answered:
                    _describe(scope, status)
                self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        REQUESTS.labels(self._name, route, scope["method"], str(status)).inc()
        LATENCY.labels(self._name, route, scope["method"]).observe(seconds)
        if scope["path"] not in _QUIET:
            log.info(
                "request", method=scope["method"], route=route, status=status, ms=round(seconds * 1e3, 1)
            )


def _describe(scope: Scope, status: int) -> None:
    if scope["path"] not in _QUIET:
        describe_request(f"{scope['method']} {route_of(scope)}", status)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text: str = value.decode("latin-1")
            return text if _REQUEST_ID.fullmatch(text) else None
    return None
