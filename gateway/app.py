"""The gateway's FastAPI app: settings, parts, routes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
from fastapi import Depends, FastAPI

from contracts.version import __version__
from gateway.dialects.compreface import router as compreface
from gateway.dialects.rekognition import router as rekognition
from gateway.keys.protection import require_protection
from gateway.parts import Parts
from gateway.routes import (
    analysis,
    batches,
    collections,
    comparison,
    faces,
    generation,
    keys,
    moves,
    operations,
    redaction,
    reviews,
    subjects,
    verification,
)
from gateway.routes.examples import examples
from gateway.settings.gateway import GatewaySettings
from web.docs import add_docs
from web.openapi import document, operation_id
from web.parameters import refuse_unknown_parameters
from web.refusals import add_problem_handlers
from web.requests import RequestMiddleware

_DESCRIPTION = """Post a picture, get every face in it.

Coordinates are pixels of the upright picture; left and right of a face are the subject's own.
Errors are RFC 9457 problems (`application/problem+json`)."""

_TAGS = (
    {
        "name": "analysis",
        "description": "A picture in, its faces out: where they are, and what is asked of each.",
    },
    {
        "name": "verification",
        "description": "Do two faces belong to one person, at a stated rate of false matches?",
    },
    {
        "name": "collections",
        "description": "Galleries of enrolled people, each pinned to one embedder; who is on a picture?",
    },
    {
        "name": "subjects",
        "description": "The people of a collection: created, found, changed, exported, erased.",
    },
    {
        "name": "faces",
        "description": "Enrolment: pictures become faces of subjects, one by one or many at once.",
    },
    {"name": "generation", "description": "Synthetic faces that belong to nobody."},
    {"name": "keys", "description": "API keys with scopes, tenants and rate limits."},
    {"name": "operations", "description": "What is loaded, and whether it works."},
)
_ROUTES = (
    analysis,
    batches,
    redaction,
    verification,
    comparison,
    collections,
    moves,
    reviews,
    subjects,
    faces,
    generation,
    keys,
    operations,
)
_DIALECTS = (rekognition, compreface)


def create_app(
    settings: GatewaySettings | None = None,
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
    *,
    exposed: bool = False,
) -> FastAPI:
    """The gateway; settings come from the environment unless given, services from the network unless mounted.

    One that others than this machine reach (`exposed`) always asks for a key, and its start raises UnprotectedError
    when there is none to get in with.
    """
    given = settings or GatewaySettings()
    required = given.keys.model_copy(update={"require_keys": True})
    parts = Parts(replace(given, keys=required) if exposed else given, transports)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with parts.running():
            if exposed:
                await require_protection(given.keys, parts.keys if given.stores.database_url else None)
            yield

    app = FastAPI(
        title="HexaFace",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(refuse_unknown_parameters)],
        generate_unique_id_function=operation_id,
    )
    app.state.keys_needed = parts.access.needed
    app.add_middleware(RequestMiddleware, name="gateway")
    add_problem_handlers(app)
    add_docs(app)
    for module in (*_ROUTES, *_DIALECTS):
        app.include_router(module.create_router(parts))
    document(app, _TAGS, examples())
    return app
