"""`/v1/detect`, `/v1/analyze`, `/v1/embed`: a picture in, its faces out."""

from fastapi import APIRouter, Depends, Request, Response

from contracts.api import AnalyzeAnswer, DetectAnswer, DetectedFace, EmbedAnswer
from contracts.options import AnalyzeOptions, EmbedOptions, FindOptions
from gateway.analysis.embedding import embed_answer
from gateway.parts import Parts
from gateway.routes.pictures import read_pictures
from gateway.routes.requests import may_store, principal_of
from web.disconnect import while_connected
from web.negotiation import reply
from web.openapi import picture_body, replies
from web.stopwatch import Stopwatch
from web.uploads import Form

_PROBLEMS = (400, 401, 403, 413, 415, 422, 429, 501, 503, 504)
_PICTURE = {"image": False}


def create_router(parts: Parts) -> APIRouter:
    """The routes."""
    allowed = [Depends(parts.access.needs("analyze"))]
    router = APIRouter(prefix="/v1", tags=["analysis"], dependencies=allowed)

    async def form_of(request: Request) -> Form:
        return await read_pictures(parts, request, max_files=1)

    @router.post(
        "/detect",
        summary="Find the faces of a picture",
        responses=replies(DetectAnswer, *_PROBLEMS),
        openapi_extra=picture_body(_PICTURE, FindOptions, by_url=True),
    )
    async def detect(request: Request) -> Response:
        form = await form_of(request)
        options = AnalyzeOptions(**form.options(request, FindOptions).model_dump(), features=[])
        found = await while_connected(request, parts.describing.of(form.one("image"), options))
        faces = [face.narrowed(DetectedFace) for face in found.faces]
        return reply(request, DetectAnswer(image=found.image, faces=faces, timings_ms=found.timings_ms))

    @router.post(
        "/analyze",
        summary="Find the faces of a picture and describe each",
        responses=replies(AnalyzeAnswer, *_PROBLEMS),
        openapi_extra=picture_body(_PICTURE, AnalyzeOptions, by_url=True),
    )
    async def analyze(request: Request) -> Response:
        form = await form_of(request)
        options = form.options(request, AnalyzeOptions)
        return reply(request, await while_connected(request, parts.describing.of(form.one("image"), options)))

    @router.post(
        "/embed",
        summary="Find the faces of a picture and embed each",
        responses=replies(EmbedAnswer, *_PROBLEMS),
        openapi_extra=picture_body(_PICTURE, EmbedOptions, by_url=True),
    )
    async def embed(request: Request) -> Response:
        form = await form_of(request)
        options = form.options(request, EmbedOptions)
        watch = Stopwatch()
        tenant = principal_of(request).tenant
        work = parts.embedding.of(tenant, form.one("image"), options, store=may_store(request))
        found = await while_connected(request, work)
        timings = found.timings_ms | {"total": watch.ms}
        answer = embed_answer(found.found, timings, options.encoding)
        return reply(request, answer, headers={"X-Cache": found.cache})

    return router
