"""`/v1/collections/{c}/move`: a collection moves to another embedder while it goes on answering."""

from fastapi import APIRouter, Depends, Request, Response

from contracts.moves import Move, NewMove
from gateway.keys import audit
from gateway.parts import Parts
from gateway.routes.requests import PathId, principal_of, read_change
from web.negotiation import reply
from web.openapi import json_body, replies

_PROBLEMS = (400, 401, 403, 404, 409, 422, 429, 503)


def create_router(parts: Parts) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/collections/{collection}/move", tags=["collections"])
    reads = [Depends(parts.access.needs("identify", "enrol"))]
    writes = [Depends(parts.access.needs("enrol"))]

    @router.post(
        "",
        summary="Begin to move a collection to another embedder",
        dependencies=writes,
        status_code=202,
        responses=replies(Move, *_PROBLEMS, 413, ok=202),
        openapi_extra=json_body(NewMove),
    )
    async def begin_move(request: Request, collection: PathId) -> Response:
        new = await read_change(request, NewMove)
        who = principal_of(request)
        move = await parts.moves.begin(who.tenant, collection, new)
        audit.record(who, "collection.move", collection=collection)
        return reply(request, move, status=202)

    @router.get(
        "",
        summary="Read how far a move is",
        dependencies=reads,
        responses=replies(Move, *_PROBLEMS),
    )
    async def read_move(request: Request, collection: PathId) -> Response:
        return reply(request, await parts.moves.read(principal_of(request).tenant, collection))

    @router.post(
        "/back",
        summary="Let the model answer again that a collection came from",
        dependencies=writes,
        responses=replies(Move, *_PROBLEMS),
    )
    async def turn_back(request: Request, collection: PathId) -> Response:
        who = principal_of(request)
        move = await parts.moves.turn_back(who.tenant, collection)
        audit.record(who, "collection.move_back", collection=collection)
        return reply(request, move)

    @router.delete(
        "",
        summary="Give up a move, or end one that is done",
        dependencies=writes,
        status_code=204,
        responses=replies(None, *_PROBLEMS),
    )
    async def end_move(request: Request, collection: PathId) -> Response:
        who = principal_of(request)
        await parts.moves.end(who.tenant, collection)
        audit.record(who, "collection.move_end", collection=collection)
        return Response(status_code=204)

    return router
