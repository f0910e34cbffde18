"""Embeddings looked up and held against each other, without a picture."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from gateway.dialects.compreface.answers import Json
from gateway.dialects.compreface.desk import MAX_BODY, CompreFaceDesk, named, packed, similarity
from gateway.dialects.compreface.errors import CompreFaceRoute
from gateway.dialects.compreface.options import EmbeddingPairs, Embeddings
from gateway.dialects.compreface.people import similarity_of
from gateway.dialects.pinned import KnownEmbedder, default_embedder
from gateway.stores.tables import CollectionRow
from web.messages import read_message
from web.problems import InvalidRequestError


def create_router(desk: CompreFaceDesk) -> APIRouter:
    """The routes."""
    router = APIRouter(route_class=CompreFaceRoute)

    @router.post("/recognition/embeddings/recognize", dependencies=[desk.reads])
    async def recognize_embeddings(
        request: Request, prediction_count: Annotated[int, Query(ge=1, le=100)] = 1
    ) -> Json:
        asked = await read_message(request, Embeddings, max_bytes=MAX_BODY)
        people = desk.people(request)

        async def work(row: CollectionRow, embedder: KnownEmbedder) -> list[Json]:
            if any(len(values) != row.dimensions for values in asked.embeddings):
                raise InvalidRequestError(f"an embedding of this collection has {row.dimensions} numbers")
            vectors = [packed(values) for values in asked.embeddings]
            hits = await people.nearest(vectors, embedder.model, prediction_count)
            return [
                {"embedding": values, "similarities": named(embedder, best)}
                for values, best in zip(asked.embeddings, hits, strict=True)
            ]

        return {"result": await people.within(work)}

    @router.post("/verification/embeddings/verify", dependencies=[desk.reads])
    async def verify_embeddings(request: Request) -> Json:
        asked = await read_message(request, EmbeddingPairs, max_bytes=MAX_BODY)
        source, embedder = packed(asked.source), await default_embedder(desk.parts)
        result = [
            {"embedding": values, "similarity": similarity(embedder, similarity_of(source, packed(values)))}
            for values in asked.targets
        ]
        return {"result": result}

    return router
