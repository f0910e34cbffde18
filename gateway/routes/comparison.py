"""`/v1/compare`: one face against all faces of other pictures, without a collection."""

from fastapi import APIRouter, Depends, Request, Response

from contracts.comparison import CompareAnswer
from contracts.detection import DetectOptions
from contracts.probes import CompareRequest
from contracts.problems import Problem
from gateway.analysis.cache import FoundFaces
from gateway.identities.comparison import compare as compared
from gateway.parts import Parts
from gateway.routes.pictures import fetch_pictures, read_sent
from gateway.routes.probing import Probing
from gateway.routes.requests import may_store, principal_of
from gateway.routes.several import a_few_at_once, several
from web.disconnect import while_connected
from web.negotiation import reply
from web.openapi import picture_body, replies
from web.problems import ProblemError
from web.stopwatch import Stopwatch
from web.uploads import Form, Upload

_PICTURES = ("image", "others")


def create_router(parts: Parts) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1", tags=["verification"])
    probing = Probing(parts)

    async def answer(
        request: Request, form: Form, others: list[Upload], options: CompareRequest
    ) -> CompareAnswer:
        watch = Stopwatch()
        probes = await probing.find(request, form, "image", options.embedding, options, face=options.face)
        tenant, store, wanted = (
            principal_of(request).tenant,
            may_store(request),
            options.narrowed(DetectOptions),
        )

        async def one(_: int, picture: Upload) -> FoundFaces | Problem:
            try:
                return (await parts.embedding.of(tenant, picture.content(), wanted, store=store)).found
            except ProblemError as error:
                return error.problem(request)

        found = await a_few_at_once(one, others)
        embedder = await parts.loaded.needed("embedder")
        return compared(probes.faces[0], probes.image, found, embedder, options, watch.ms)

    @router.post(
        "/compare",
        summary="Compare a face with all faces of other pictures",
        dependencies=[Depends(parts.access.needs("identify"))],
        responses=replies(CompareAnswer, 400, 401, 403, 409, 413, 415, 422, 429, 503, 504),
        openapi_extra=picture_body(
            {"image": False, "others": True}, CompareRequest, optional=("image",), by_url=True
        ),
    )
    async def compare(request: Request) -> Response:
        most = parts.settings.analysis.batch_pictures
        form = await read_sent(parts, request, most + 1, _PICTURES)
        options = form.options(request, CompareRequest)
        count = len(several(form, "others", most))
        await parts.access.charge(principal_of(request), count, paid=1)
        form = await fetch_pictures(parts, form)
        others = form.images["others"]
        return reply(request, await while_connected(request, answer(request, form, others, options)))

    return router
