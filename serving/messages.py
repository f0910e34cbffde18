"""Messages between our own processes, past what only people's requests need: routing, dependencies, forms."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from contracts.message import MSGPACK
from web.disconnect import ClientGoneError
from web.problems import ProblemError
from web.refusals import refusal
from web.requests import CLIENT_GONE

Answer = Callable[[Request], Awaitable[Response]]
"""What a route does with a request."""

_MESSAGE = (b"content-type", MSGPACK.encode())


@dataclass(frozen=True)
class _Route:
    """What log and metrics know a request by."""

    path: str


class MessageRoutes:
    """Gives a MessagePack body for one of `routes` to its answer at once, everything else to the app.

    An error that nobody expected goes on to what is around, as the app's own would.
    """

    def __init__(self, app: ASGIApp, *, routes: Mapping[str, Answer]) -> None:
        """`routes` may still grow."""
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        answer = self._routes.get(scope["path"]) if _is_message(scope) else None
        if answer is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = _Route(scope["path"])
        request = Request(scope, receive, send)
        try:
            response = await answer(request)
        except ProblemError as error:
            response = refusal(request, error)
        except (ClientGoneError, ClientDisconnect):
            response = Response(status_code=CLIENT_GONE)
        await response(scope, receive, send)


def _is_message(scope: Scope) -> bool:
    plain = scope["type"] == "http" and scope["method"] == "POST" and not scope["query_string"]
    return plain and _MESSAGE in scope["headers"]
