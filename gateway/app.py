"""The gateway's FastAPI app: settings, upstreams, routes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from contracts.version import __version__
from gateway.parts import IdentityParts
from gateway.routes import analysis, collections, faces, generation, keys, operations, subjects, verification
from gateway.settings.gateway import GatewaySettings
from gateway.settings.identities import IdentitySettings
from gateway.upstreams.calls import Upstreams
from web.docs import add_docs
from web.problems import add_problem_handlers
from web.requests import RequestMiddleware

_DESCRIPTION = """Post a picture, get every face in it.

Coordinates are pixels of the upright picture; left and right of a face are the subject's own.
Errors are RFC 9457 problems (`application/problem+json`)."""


def create_app(
    settings: GatewaySettings | None = None,
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
    identity: IdentitySettings | None = None,
) -> FastAPI:
    """The gateway; settings come from the environment unless given, services from the network unless mounted."""
    settings = settings or GatewaySettings()
    upstreams = Upstreams(settings, transports)
    parts = IdentityParts(identity or IdentitySettings(), settings, upstreams)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            async with parts.running():
                yield
        finally:
            await upstreams.aclose()

    app = FastAPI(
        title="HexaFace",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(RequestMiddleware, name="gateway")
    add_problem_handlers(app)
    add_docs(app)
    app.include_router(analysis.create_router(settings, upstreams, parts))
    app.include_router(verification.create_router(settings, parts))
    app.include_router(collections.create_router(settings, parts))
    app.include_router(subjects.create_router(parts))
    app.include_router(faces.create_router(settings, parts))
    app.include_router(generation.create_router(upstreams, parts.access))
    app.include_router(keys.create_router(parts))
    app.include_router(operations.create_router(upstreams, parts))
    return app
