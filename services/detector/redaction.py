"""`POST /v1/redact` of the detector, which has the pixels: the gateway says where, and decides whose."""

import asyncio

from fastapi import APIRouter, Request, Response

from contracts.redaction import RedactReply, RedactRequest
from services.detector.encoding import encode
from services.detector.redacting import redact
from serving.machine import Machine
from serving.settings import ServiceSettings
from web.disconnect import while_connected
from web.messages import read_message
from web.negotiation import reply
from web.openapi import json_body, replies

# A thousand boxes in JSON, generously.
_BOXES_BYTES = 256 * 1024
_BASE64_GROWTH = 4 / 3


def create_router(machine: Machine, settings: ServiceSettings) -> APIRouter:
    """The route."""
    router = APIRouter()

    async def redacted(wanted: RedactRequest) -> RedactReply:
        photo = await machine.decoding.open(wanted.image, max_pixels=settings.max_pixels)
        async with machine.decoding.pixels(photo) as pixels:
            changed = await asyncio.to_thread(redact, pixels, wanted.boxes, wanted.method)
        return RedactReply(image=await asyncio.to_thread(encode, changed, wanted.format))

    @router.post(
        "/v1/redact",
        summary="Photo and boxes -> the photo with those faces made unrecognisable",
        responses=replies(RedactReply, 400, 413, 415, 422, 429, 503),
        openapi_extra=json_body(RedactRequest),
    )
    async def serve(request: Request) -> Response:
        limit = int(settings.max_upload_bytes * _BASE64_GROWTH) + _BOXES_BYTES
        wanted = await read_message(request, RedactRequest, max_bytes=limit)
        return reply(request, await while_connected(request, redacted(wanted)))

    return router
