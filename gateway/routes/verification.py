"""`/v1/verify`: do two pictures show the same person?"""

from fastapi import APIRouter, Depends, Request, Response

from contracts.identity import VerifyAnswer
from contracts.probes import VerifyRequest
from gateway.analysis.liveness import refuse_presented
from gateway.identities.verification import verify as verified
from gateway.parts import Parts
from gateway.routes.pictures import read_pictures
from gateway.routes.probing import Probing
from web.disconnect import while_connected
from web.negotiation import reply
from web.openapi import picture_body, replies
from web.stopwatch import Stopwatch
from web.uploads import Form

_PICTURES = ("image_a", "image_b")


def create_router(parts: Parts) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1", tags=["verification"])
    probing = Probing(parts)

    async def compared(request: Request, form: Form, options: VerifyRequest) -> tuple[VerifyAnswer, str]:
        watch = Stopwatch()
        a = await probing.find(request, form, "image_a", options.embedding_a, options, face=options.face)
        b = await probing.find(request, form, "image_b", options.embedding_b, options, face=options.face)
        if options.require_live is not None:
            judged = await parts.liveness.of(form.one("image_b"), options)
            place = b.faces[0].place
            refuse_presented(judged[place : place + 1] or [None], options.require_live, "image_b")
        embedder = await parts.loaded.needed("embedder")
        timings = {
            name: round(a.timings_ms.get(name, 0) + b.timings_ms.get(name, 0), 2)
            for name in a.timings_ms | b.timings_ms
        }
        timings["total"] = watch.ms
        images, faces = (a.image, b.image), (a.faces[0], b.faces[0])
        return verified(images, faces, embedder, options, timings), f"{a.cache}, {b.cache}"

    @router.post(
        "/verify",
        summary="Compare the faces of two pictures",
        dependencies=[Depends(parts.access.needs("identify"))],
        responses=replies(VerifyAnswer, 400, 401, 403, 409, 413, 415, 422, 429, 503, 504),
        openapi_extra=picture_body(
            {"image_a": False, "image_b": False}, VerifyRequest, optional=_PICTURES, by_url=True
        ),
    )
    async def verify(request: Request) -> Response:
        form = await read_pictures(
            parts,
            request,
            max_files=2,
            pictures=_PICTURES,
        )
        options = form.options(request, VerifyRequest)
        answer, cache = await while_connected(request, compared(request, form, options))
        return reply(request, answer, headers={"X-Cache": cache})

    return router
