"""`/v1/redact`: the picture with its faces, or only some of them, made unrecognisable."""

import asyncio

from fastapi import APIRouter, Depends, Request, Response

from contracts.detection import DetectOptions, DetectReply, DetectRequest
from contracts.faces import Box
from contracts.identity import IdentifyAnswer
from contracts.keys import Scope
from contracts.options import IdentifyOptions
from contracts.redaction import PictureFormat, RedactOptions, RedactReply, RedactRequest
from gateway.analysis.probes import probes_of
from gateway.keys import audit
from gateway.keys.principal import Principal
from gateway.parts import Parts
from gateway.routes.pictures import read_pictures
from gateway.routes.requests import may_store, principal_of
from gateway.stores.tables import CollectionRow
from web.disconnect import while_connected
from web.openapi import picture_answer, picture_body, replies
from web.problems import DeadlineError, ForbiddenError

_FORMATS: dict[PictureFormat, str] = {"jpeg": "image/jpeg", "png": "image/png"}


def create_router(parts: Parts) -> APIRouter:
    """The route."""
    settings = parts.settings.analysis
    router = APIRouter(prefix="/v1", tags=["analysis"])

    async def all_boxes(picture: bytes, options: RedactOptions) -> list[Box]:
        wanted = DetectRequest(image=picture, options=options.narrowed(DetectOptions), chips=False)
        found = await parts.upstreams.call("detector", "/v1/detect", wanted, DetectReply)
        return [face.box for face in found.faces]

    async def identified(
        who: Principal, picture: bytes, options: RedactOptions, *, store: bool
    ) -> IdentifyAnswer:
        collection = options.collection or ""
        wanted = IdentifyOptions(
            **options.model_dump(include=set(IdentifyOptions.model_fields) - {"top_k"}), top_k=1
        )

        async def work(_: CollectionRow, embedder: str) -> IdentifyAnswer:
            found = await parts.embedding.of(who.tenant, picture, wanted, store=store, embedder=embedder)
            model = await parts.embedders.model(embedder)
            return await parts.identification.identify(
                who.tenant, collection, probes_of(found), model, wanted
            )

        answer = await parts.pinned.work(who.tenant, collection, work)
        audit.record(who, "collection.redact", collection=collection, faces=len(answer.faces))
        return answer

    async def redacted(
        request: Request, picture: bytes, options: RedactOptions, kind: PictureFormat
    ) -> tuple[bytes, int, int]:
        if options.faces == "all":
            boxes = await all_boxes(picture, options)
            found = len(boxes)
        else:
            answer = await identified(principal_of(request), picture, options, store=may_store(request))
            boxes, found = hidden(answer, options), len(answer.faces)
        wanted = RedactRequest(image=picture, boxes=boxes, method=options.method, format=kind)
        made = await parts.upstreams.call("detector", "/v1/redact", wanted, RedactReply)
        return made.image, found, len(boxes)

    @router.post(
        "/redact",
        summary="The picture with its faces blurred, pixelated or covered",
        dependencies=[Depends(parts.access.needs("analyze", "identify"))],
        responses=replies(None, 400, 401, 403, 404, 409, 413, 415, 422, 429, 503, 504)
        | picture_answer(
            *_FORMATS.values(),
            headers={
                "X-Faces": "faces that were found",
                "X-Faces-Redacted": "faces that were made unrecognisable",
            },
        ),
        response_class=Response,
        openapi_extra=picture_body({"image": False}, RedactOptions, by_url=True),
    )
    async def redact(request: Request) -> Response:
        form = await read_pictures(parts, request)
        options = form.options(request, RedactOptions)
        scope: Scope = "analyze" if options.collection is None else "identify"
        if not principal_of(request).may(scope):
            raise ForbiddenError(f"this key lacks the scope {scope}")
        kind: PictureFormat = "png" if _FORMATS["png"] in request.headers.get("accept", "") else "jpeg"
        work = redacted(request, form.one("image"), options, kind)
        try:
            async with asyncio.timeout(settings.deadline):
                image, found, changed = await while_connected(request, work)
        except TimeoutError as error:
            raise DeadlineError(f"the answer was not there within {settings.deadline:g} s") from error
        headers = {"X-Faces": str(found), "X-Faces-Redacted": str(changed)}
        return Response(image, media_type=_FORMATS[kind], headers=headers)

    return router


def hidden(answer: IdentifyAnswer, options: RedactOptions) -> list[Box]:
    """The faces to hide. One that is only perhaps a member's is hidden either way."""
    kept = "match" if options.faces == "others" else "unknown"
    return [face.box for face in answer.faces if face.decision != kept and face.box is not None]
