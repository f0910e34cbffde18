"""Pictures looked at: recognised, verified, detected."""

from fastapi import APIRouter, Request

from contracts.api import AnalyzeAnswer, AnalyzedFace
from gateway.dialects.compreface.answers import Json, analyzed, described
from gateway.dialects.compreface.desk import (
    CompreFaceDesk,
    embeddings_of,
    found_faces,
    named,
    similarity,
)
from gateway.dialects.compreface.errors import CompreFaceRoute
from gateway.dialects.compreface.options import Options, RecognizeOptions
from gateway.dialects.compreface.people import similarity_of
from gateway.dialects.pinned import KnownEmbedder, default_embedder
from gateway.stores.tables import CollectionRow
from web.disconnect import while_connected


def create_router(desk: CompreFaceDesk) -> APIRouter:
    """The routes."""
    router = APIRouter(route_class=CompreFaceRoute)

    async def embedded(picture: bytes, options: Options, embedder: KnownEmbedder) -> AnalyzeAnswer:
        return await analyzed(desk.parts, picture, options, embedded=True, embedder=embedder.name)

    @router.post("/recognition/recognize", dependencies=[desk.reads])
    async def recognize(request: Request) -> Json:
        form = await desk.picture(request, "file")
        options = form.options(request, RecognizeOptions)
        people = desk.people(request)

        async def work(_: CollectionRow, embedder: KnownEmbedder) -> list[Json]:
            answer = await embedded(form.one("file"), options, embedder)
            vectors, model = embeddings_of(found_faces(answer, "file"))
            hits = await people.nearest(vectors, model, options.prediction_count)
            return [
                {**described(face, answer, options), "subjects": named(embedder, best)}
                for face, best in zip(answer.faces, hits, strict=True)
            ]

        result = await while_connected(request, people.within(work))
        return {"result": result, **await desk.status(options)}

    @router.post("/recognition/faces/{image_id}/verify", dependencies=[desk.reads])
    async def verify_example(request: Request, image_id: str) -> Json:
        people = desk.people(request)
        await people.example(image_id)
        form = await desk.picture(request, "file")
        options = form.options(request, Options)

        async def work(_: CollectionRow, embedder: KnownEmbedder) -> list[Json]:
            known = (await people.example(image_id))[2]
            answer = await embedded(form.one("file"), options, embedder)
            return compared(known, found_faces(answer, "file"), answer, options, embedder)

        result = await while_connected(request, people.within(work))
        return {"result": result, **await desk.status(options)}

    @router.post("/detection/detect", dependencies=[desk.looks])
    async def detect(request: Request) -> Json:
        form = await desk.picture(request, "file")
        options = form.options(request, Options)
        answer = await while_connected(
            request, analyzed(desk.parts, form.one("file"), options, embedded=False)
        )
        result = [described(face, answer, options) for face in found_faces(answer, "file")]
        return {"result": result, **await desk.status(options)}

    @router.post("/verification/verify", dependencies=[desk.reads])
    async def verify(request: Request) -> Json:
        form = await desk.picture(request, "source_image", "target_image")
        options = form.options(request, Options)
        all_faces = options.model_copy(update={"limit": 0})
        embedder = await default_embedder(desk.parts)
        source = await while_connected(request, embedded(form.one("source_image"), all_faces, embedder))
        target = await while_connected(request, embedded(form.one("target_image"), options, embedder))
        first = found_faces(source, "source_image")[:1]
        (known,), _ = embeddings_of(first)
        matches = compared(known, found_faces(target, "target_image"), target, options, embedder)
        matches.sort(key=lambda match: -match["similarity"])
        found = {"source_image_face": described(first[0], source, options), "face_matches": matches}
        return {"result": [{**found, **await desk.status(options)}]}

    return router


def compared(
    known: bytes, faces: list[AnalyzedFace], answer: AnalyzeAnswer, options: Options, embedder: KnownEmbedder
) -> list[Json]:
    """The faces of a picture, each with its similarity to a known embedding."""
    vectors, _ = embeddings_of(faces)
    return [
        {
            **described(face, answer, options),
            "similarity": similarity(embedder, similarity_of(vector, known)),
        }
        for face, vector in zip(faces, vectors, strict=True)
    ]
