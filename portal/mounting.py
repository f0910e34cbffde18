"""Where the portal stands beside the API: it takes every path that does not belong to a route of the API."""

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# NiceGUI compiles templates in the browser and styles in place, hence the two unsafe entries; nothing comes from,
# or goes to, another host. blob: is the picture that the browser keeps for itself.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


# The API's own first path segments (DESIGN 7): an unknown /v1/... stays a problem+json 404, a wrong method a 405.
_RESERVED = frozenset({"v1", "docs", "redoc", "openapi.json", "healthz", "readyz", "metrics"})


class BesideApi(Mount):
    """A mount at / that leaves the API's paths alone."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__("/", app=app)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Every path but the API's."""
        path: str = scope.get("path", "")
        if path.lstrip("/").partition("/")[0] in _RESERVED:
            return Match.NONE, {}
        return super().matches(scope)


def stand_aside(app: FastAPI, portal: ASGIApp) -> None:
    """Replace NiceGUI's plain mount, the last route of `app`, by one that leaves the API alone."""
    app.router.routes.pop()
    app.router.routes.append(BesideApi(portal))


class ContentPolicy:
    """Tells the browser to load nothing from other hosts, and to say to nobody where its reader came from."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = _POLICY
                headers["Referrer-Policy"] = "no-referrer"
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        await self._app(scope, receive, send_with_policy if scope["type"] == "http" else send)
