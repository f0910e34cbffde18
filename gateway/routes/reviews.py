"""`/v1/collections/{c}/statistics` and `/check`: what a collection holds, and who in it should be looked at again."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from contracts.collections import CollectionCheck, CollectionStatistics
from gateway.keys import audit
from gateway.parts import Parts
from gateway.routes.requests import After, PathId, principal_of
from gateway.stores.tables import CollectionRow
from web.disconnect import while_connected
from web.negotiation import reply
from web.openapi import replies

_PROBLEMS = (400, 401, 403, 404, 422, 429, 503)


def create_router(parts: Parts) -> APIRouter:
    """The routes."""
    reads = [Depends(parts.access.needs("identify", "enrol"))]
    router = APIRouter(prefix="/v1/collections/{collection}", tags=["collections"], dependencies=reads)

    @router.get(
        "/statistics",
        summary="What a collection holds, in numbers",
        responses=replies(CollectionStatistics, *_PROBLEMS),
    )
    async def collection_statistics(request: Request, collection: PathId) -> Response:
        return reply(request, await parts.statistics.of(principal_of(request).tenant, collection))

    @router.get(
        "/check",
        summary="Find subjects that look like one person, and faces that do not fit their subject",
        responses=replies(CollectionCheck, *_PROBLEMS, 409),
    )
    async def check_collection(
        request: Request,
        collection: PathId,
        after: After = "",
        limit: Annotated[int, Query(ge=1, le=50, description="subjects to look at")] = 20,
        false_positive_rate: Annotated[
            float,
            Query(ge=1e-4, le=0.1, description="share of subjects that may look like another by mere chance"),
        ] = 0.001,
    ) -> Response:
        who = principal_of(request)

        async def work(_: CollectionRow, name: str) -> CollectionCheck:
            embedder = await parts.embedders.model(name)
            return await parts.checking.page(
                who.tenant,
                collection,
                embedder,
                after=after,
                limit=limit,
                false_positive_rate=false_positive_rate,
            )

        found = await while_connected(request, parts.pinned.work(who.tenant, collection, work))
        audit.record(who, "collection.check", collection=collection, subjects=found.checked)
        return reply(request, found)

    return router
