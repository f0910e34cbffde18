"""`/v1/verify`: do two pictures show the same person?"""

from fastapi import APIRouter, Depends, Request, Response

from contracts.identity import VerifyAnswer
from contracts.options import VerifyOptions
from gateway.analysis.embedding import EmbeddedPicture, choose_face
from gateway.analysis.liveness import refuse_presented
from gateway.identities.verification import verify as verified
from gateway.parts import Parts
from gateway.routes.requests import may_store, principal_of
from web.disconnect import while_connected
from web.negotiation import reply
from web.openapi import picture_body, replies
from web.stopwatch import Stopwatch
from web.uploads import Form, read_form


def create_router(parts: Parts) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1", tags=["verification"])

    async def _compared(request: Request, form: Form, options: VerifyOptions) -> tuple[VerifyAnswer, str]:
        watch = Stopwatch()
        a = await _find(request, form.one("image_a"), options)
        b = await _find(request, form.one("image_b"), options)
        faces = choose_face(a.found, options.face, "image_a"), choose_face(b.found, options.face, "image_b")
        if options.require_live is not None:
            judged = await parts.liveness.of(form.one("image_b"), options)
            place = b.found.faces.index(faces[1])
            refuse_presented(judged[place : place + 1] or [None], options.require_live, "image_b")
        embedder = await parts.loaded.needed("embedder")
        timings = {
            name: round(a.timings_ms.get(name, 0) + b.timings_ms.get(name, 0), 2)
            for name in a.timings_ms | b.timings_ms
        }
        timings["total"] = watch.ms
        return verified((a, b), faces, embedder, options, timings), f"{a.cache}, {b.cache}"

    async def _find(request: Request, picture: bytes, options: VerifyOptions) -> EmbeddedPicture:
        tenant = principal_of(request).tenant
        return await parts.embedding.of(tenant, picture, options, store=may_store(request))

    @router.post(
        "/verify",
        summary="Compare the faces of two pictures",
        dependencies=[Depends(parts.access.needs("identify"))],
        responses=replies(VerifyAnswer, 400, 401, 403, 413, 415, 422, 429, 503, 504),
        openapi_extra=picture_body({"image_a": False, "image_b": False}, VerifyOptions),
    )
    async def verify(request: Request) -> Response:
        form = await read_form(
            request,
            max_bytes=parts.settings.analysis.max_upload_bytes,
            max_files=2,
            pictures=("image_a", "image_b"),
        )
        options = form.options(request, VerifyOptions)
        answer, cache = await while_connected(request, _compared(request, form, options))
        return reply(request, answer, headers={"X-Cache": cache})

    return router
