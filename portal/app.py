"""The portal attached to the API's app, or as an ASGI app of its own that passes the API's paths through."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Mount, Route
from starlette.types import Scope

from portal.passage import Passage
from portal.settings import PortalSettings
from portal.site import create_site
from web.refusals import add_problem_handlers

# The API's own first path segments (DESIGN 7): an unknown /v1/... stays a problem+json 404, a wrong method a 405.
_RESERVED = frozenset({"v1", "docs", "redoc", "openapi.json", "healthz", "readyz", "metrics"})
# What the page asks of the API, and the documentation that it links to; nobody reads metrics through a portal.
_PASSED = ("/v1", "/docs")
_PASSED_EXACTLY = ("/docs", "/openapi.json", "/readyz")


class BesideApi(Mount):
    """A mount at / that leaves the API's paths alone."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Every path but the API's."""
        path: str = scope.get("path", "")
        if path.lstrip("/").partition("/")[0] in _RESERVED:
            return Match.NONE, {}
        return super().matches(scope)


def attach(app: FastAPI, public_url: str | None = None) -> None:
    """Add the portal to the API's `app` under /, beside its routes; call it after every other route was added.

    `public_url` is the API's address for the reader's own programs; without it that is the portal's own.
    """
    app.router.routes.append(BesideApi("/", app=create_site(public_url)))


def create_app(settings: PortalSettings | None = None) -> FastAPI:
    """The portal alone, before a gateway elsewhere; settings come from the environment unless given."""
    settings = settings or PortalSettings()
    passage = Passage(settings.url)
    app = FastAPI(openapi_url=None, lifespan=passage.lifespan)
    add_problem_handlers(app)
    app.router.routes.extend(Route(path, passage) for path in _PASSED_EXACTLY)
    app.router.routes.extend(Mount(path, app=passage) for path in _PASSED)
    app.router.routes.append(Route("/healthz", _alive))
    attach(app, settings.public_url or settings.url)
    return app


async def _alive(_: Request) -> Response:
    return JSONResponse({"status": "alive"})
