"""Pictures looked at: recognised, verified, detected."""

from fastapi import APIRouter, Request

from gateway.dialects.compreface.answers import Json, analyzed, described
from gateway.dialects.compreface.desk import CompreFaceDesk, embeddings_of, found_faces
from gateway.dialects.compreface.errors import CompreFaceRoute
from gateway.dialects.compreface.options import Options, RecognizeOptions
from gateway.dialects.compreface.people import similarity_of
from web.disconnect import while_connected


def create_router(desk: CompreFaceDesk) -> APIRouter:
    """The routes."""
    router = APIRouter(route_class=CompreFaceRoute)

    @router.post("/recognition/recognize", dependencies=[desk.reads])
    async def recognize(request: Request) -> Json:
        form = await desk.picture(request, "file")
        options = form.options(request, RecognizeOptions)
        await desk.people(request).ensure()
        answer = await while_connected(
            request, analyzed(desk.parts, form.one("file"), options, embedded=True)
        )
        vectors, model = embeddings_of(found_faces(answer, "file"))
        hits = await desk.people(request).nearest(vectors, model, options.prediction_count)
        result = []
        for face, best in zip(answer.faces, hits, strict=True):
            named = [
                {"subject": hit.name or hit.subject, "similarity": await desk.probability(hit.similarity)}
                for hit in best
            ]
            result.append({**described(face, answer, options), "subjects": named})
        return {"result": result, **await desk.status(options)}

    @router.post("/recognition/faces/{image_id}/verify", dependencies=[desk.reads])
    async def verify_example(request: Request, image_id: str) -> Json:
        _, _, known = await desk.people(request).example(image_id)
        form = await desk.picture(request, "file")
        options = form.options(request, Options)
        answer = await while_connected(
            request, analyzed(desk.parts, form.one("file"), options, embedded=True)
        )
        vectors, _ = embeddings_of(found_faces(answer, "file"))
        result = [
            {
                **described(face, answer, options),
                "similarity": await desk.probability(similarity_of(vector, known)),
            }
            for face, vector in zip(answer.faces, vectors, strict=True)
        ]
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
        source = await while_connected(
            request, analyzed(desk.parts, form.one("source_image"), all_faces, embedded=True)
        )
        target = await while_connected(
            request, analyzed(desk.parts, form.one("target_image"), options, embedded=True)
        )
        first = found_faces(source, "source_image")[:1]
        (known,), _ = embeddings_of(first)
        vectors, _ = embeddings_of(found_faces(target, "target_image"))
        matches = [
            {
                **described(face, target, options),
                "similarity": await desk.probability(similarity_of(vector, known)),
            }
            for face, vector in zip(target.faces, vectors, strict=True)
        ]
        matches.sort(key=lambda match: -match["similarity"])
        found = {"source_image_face": described(first[0], source, options), "face_matches": matches}
        return {"result": [{**found, **await desk.status(options)}]}

    return router
