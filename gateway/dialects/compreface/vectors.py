"""Embeddings looked up and held against each other, without a picture."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from contracts.models import ModelRef
from gateway.dialects.compreface.answers import Json
from gateway.dialects.compreface.desk import MAX_BODY, CompreFaceDesk, packed
from gateway.dialects.compreface.errors import CompreFaceRoute
from gateway.dialects.compreface.options import EmbeddingPairs, Embeddings
from gateway.dialects.compreface.people import COLLECTION, similarity_of
from gateway.routes.requests import principal_of
from web.messages import read_message
from web.problems import InvalidRequestError


def create_router(desk: CompreFaceDesk) -> APIRouter:
    """The routes."""
    router = APIRouter(route_class=CompreFaceRoute)

    @router.post("/recognition/embeddings/recognize", dependencies=[desk.reads])
    async def recognizeembeddings_of(
        request: Request, prediction_count: Annotated[int, Query(ge=1, le=100)] = 1
    ) -> Json:
        asked = await read_message(request, Embeddings, max_bytes=MAX_BODY)
        await desk.people(request).ensure()
        row = await desk.parts.collections.row(principal_of(request).tenant, COLLECTION)
        if any(len(values) != row.dimensions for values in asked.embeddings):
            raise InvalidRequestError(f"an embedding of this collection has {row.dimensions} numbers")
        model = ModelRef(name=row.model_name, version=row.model_version, digest=row.model_digest)
        hits = await desk.people(request).nearest(
            list(map(packed, asked.embeddings)), model, prediction_count
        )
        result = [
            {
                "embedding": values,
                "similarities": [
                    {"subject": hit.name or hit.subject, "similarity": await desk.probability(hit.similarity)}
                    for hit in best
                ],
            }
            for values, best in zip(asked.embeddings, hits, strict=True)
        ]
        return {"result": result}

    @router.post("/verification/embeddings/verify", dependencies=[desk.reads])
    async def verifyembeddings_of(request: Request) -> Json:
        asked = await read_message(request, EmbeddingPairs, max_bytes=MAX_BODY)
        source = packed(asked.source)
        result = [
            {"embedding": values, "similarity": await desk.probability(similarity_of(source, packed(values)))}
            for values in asked.targets
        ]
        return {"result": result}

    return router
