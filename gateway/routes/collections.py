"""`/v1/collections`: galleries of enrolled people, and who of them is on a picture."""

from fastapi import APIRouter, Depends, Request, Response

from contracts.collections import CollectionChange
from contracts.identity import Collection, CollectionPage, IdentifyAnswer, NewCollection
from contracts.probes import IdentifyRequest
from gateway.analysis.liveness import refuse_presented
from gateway.keys import audit
from gateway.parts import Parts
from gateway.routes.pictures import read_pictures
from gateway.routes.probing import Probing
from gateway.routes.requests import (
    After,
    Limit,
    PathId,
    principal_of,
    read_change,
)
from gateway.stores.tables import CollectionRow
from web.disconnect import while_connected
from web.negotiation import reply
from web.openapi import json_body, picture_body, replies
from web.stopwatch import Stopwatch

_PROBLEMS = (400, 401, 403, 404, 422, 429, 503)


def create_router(parts: Parts) -> APIRouter:
    """The routes."""
    probing = Probing(parts)
    router = APIRouter(prefix="/v1/collections", tags=["collections"])
    reads = [Depends(parts.access.needs("identify", "enrol"))]
    writes = [Depends(parts.access.needs("enrol"))]

    @router.post(
        "",
        summary="Create a collection",
        dependencies=writes,
        status_code=201,
        responses=replies(Collection, *_PROBLEMS, 409, 413, ok=201),
        openapi_extra=json_body(NewCollection),
    )
    async def create_collection(request: Request) -> Response:
        new = await read_change(request, NewCollection)
        who = principal_of(request)
        made = await parts.collections.create(who.tenant, new, *await parts.embedders.for_new_collections())
        audit.record(who, "collection.create", collection=new.id)
        return reply(request, made, status=201)

    @router.get(
        "",
        summary="List collections",
        dependencies=reads,
        responses=replies(CollectionPage, *_PROBLEMS),
    )
    async def list_collections(request: Request, after: After = "", limit: Limit = 50) -> Response:
        tenant = principal_of(request).tenant
        return reply(request, await parts.collections.page(tenant, after=after, limit=limit))

    @router.get(
        "/{collection}",
        summary="Read a collection",
        dependencies=reads,
        responses=replies(Collection, *_PROBLEMS),
    )
    async def read_collection(request: Request, collection: PathId) -> Response:
        return reply(request, await parts.collections.read(principal_of(request).tenant, collection))

    @router.patch(
        "/{collection}",
        summary="Change a collection's description",
        dependencies=writes,
        responses=replies(Collection, *_PROBLEMS, 413),
        openapi_extra=json_body(CollectionChange),
    )
    async def change_collection(request: Request, collection: PathId) -> Response:
        wanted = await read_change(request, CollectionChange)
        who = principal_of(request)
        changed = await parts.collections.change(who.tenant, collection, wanted)
        audit.record(who, "collection.change", collection=collection)
        return reply(request, changed)

    @router.delete(
        "/{collection}",
        summary="Delete a collection with everything in it",
        dependencies=writes,
        status_code=204,
        responses=replies(None, *_PROBLEMS),
    )
    async def delete_collection(request: Request, collection: PathId) -> Response:
        who = principal_of(request)
        faces = await parts.collections.delete(who.tenant, collection)
        audit.record(who, "collection.delete", collection=collection, faces=faces)
        return Response(status_code=204)

    @router.post(
        "/{collection}/identify",
        summary="Find out who is on a picture",
        dependencies=[Depends(parts.access.needs("identify"))],
        responses=replies(IdentifyAnswer, *_PROBLEMS, 409, 413, 415, 504),
        openapi_extra=picture_body({"image": False}, IdentifyRequest, optional=("image",), by_url=True),
    )
    async def identify(request: Request, collection: PathId) -> Response:
        watch = Stopwatch()
        who = principal_of(request)
        await parts.collections.row(who.tenant, collection)
        form = await read_pictures(parts, request, max_files=1)
        options = form.options(request, IdentifyRequest)

        async def work(_: CollectionRow, name: str) -> tuple[IdentifyAnswer, str]:
            probes = await probing.find(request, form, "image", options.embedding, options, embedder=name)
            model = await parts.embedders.model(name)
            found = await parts.identification.identify(who.tenant, collection, probes, model, options)
            return found, probes.cache

        if options.require_live is not None:
            judged = await while_connected(request, parts.liveness.of(form.one("image"), options))
            refuse_presented(judged, options.require_live, "image")
        found, cache = await while_connected(request, parts.pinned.work(who.tenant, collection, work))
        timings = found.timings_ms | {"total": watch.ms}
        audit.record(who, "collection.identify", collection=collection, faces=len(found.faces))
        answer = found.model_copy(update={"timings_ms": timings})
        return reply(request, answer, headers={"X-Cache": cache})

    return router
