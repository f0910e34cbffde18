"""Who may knock through a browser: only names of our own (DNS rebinding), and no page of another site.

A program that is not a browser sends no `Origin` and names the server as it reached it: none of this concerns it.
"""

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from web.backstop import BodyLimits
from web.listening import ListenSettings, is_loopback
from web.problems import CrossSiteError, ProblemError, UnavailableError, UnknownHostError
from web.refusals import refusal

KeysNeeded = Callable[[], Awaitable[bool]]

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_SENT = ["Authorization", "Cache-Control", "Content-Type", "Idempotency-Key", "X-API-Key", "X-Request-ID"]
_SHOWN = ["Idempotency-Replayed", "Retry-After", "X-Cache", "X-Request-ID", "X-Seed"]
_POLICY_VIOLATION = 1008
_MIB = 2**20


def guard(app: FastAPI, listen: ListenSettings) -> None:
    """Put the doors before a public app: hosts, origins, the bodies' backstop. Inside its log and its request ids."""
    keys_needed: KeysNeeded | None = getattr(app.state, "keys_needed", None)
    app.user_middleware.append(Middleware(Doors, listen=listen, keys_needed=keys_needed))
    if listen.allowed_origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=list(listen.allowed_origins),
            allow_methods=["*"],
            allow_headers=_SENT,
            expose_headers=_SHOWN,
        )
        app.user_middleware.append(cors)
    app.user_middleware.append(Middleware(BodyLimits, budget=listen.upload_budget_mib * _MIB))


class Doors:
    """An ASGI app behind the two checks; a WebSocket is checked like a write."""

    def __init__(self, app: ASGIApp, *, listen: ListenSettings, keys_needed: KeysNeeded | None) -> None:
        """`keys_needed` tells whether nobody gets in without a key; an app that cannot tell has None."""
        self._app = app
        self._listen = listen
        self._keys_needed = keys_needed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            await self._check(HTTPConnection(scope))
        except ProblemError as error:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": error.title})
            else:
                await refusal(Request(scope), error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _check(self, asked: HTTPConnection) -> None:
        host = asked.headers.get("host", "")
        if not _is_own(host, self._listen) and not await self._answers_to_any_name():
            raise UnknownHostError(
                f"{host[:100] or 'a request without Host'}: this server does not answer to that name; "
                "HEXAFACE_ALLOWED_HOSTS names others"
            )
        if _crosses_sites(asked, self._listen.allowed_origins):
            raise CrossSiteError(
                "a page of another site may not do this; HEXAFACE_ALLOWED_ORIGINS names those that may"
            )

    async def _answers_to_any_name(self) -> bool:
        """A name that somebody else points here does no harm where every request needs a key of its own."""
        if self._listen.allowed_hosts:
            return False
        if self._keys_needed is None:
            return not is_loopback(self._listen.host)
        try:
            return await self._keys_needed()
        except UnavailableError:
            return False


def _crosses_sites(asked: HTTPConnection, allowed: tuple[str, ...] = ()) -> bool:
    """Whether a browser sends this for a page of another site which may not.

    `Sec-Fetch-Site` is what the browser itself says of a write; `Origin` counts for reads as well, which pages of other
    sites make by script only.
    """
    origin = asked.headers.get("origin")
    if origin is not None:
        if origin.lower() in allowed:
            return False
        return urlsplit(origin).netloc.lower() != asked.headers.get("host", "").lower()
    writes = asked.scope["type"] == "websocket" or asked.scope["method"] not in _READS
    return writes and asked.headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def _is_own(host: str, listen: ListenSettings) -> bool:
    """Whether a `Host` header names this server as nobody else's name for it could.

    Beyond loopback that is any address, and any name without a dot: no name of the internet, but a container's.
    """
    name = _name(host)
    if is_loopback(name) or name == listen.host.lower() or name in listen.allowed_hosts:
        return True
    return not is_loopback(listen.host) and (_is_address(name) or (bool(name) and "." not in name))


def _name(host: str) -> str:
    """`Name:8000` -> `name`, `[::1]:8000` -> `::1`."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
