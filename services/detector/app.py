"""The detector: `POST /v1/detect` and `/v1/redact`."""

import asyncio

from fastapi import FastAPI, Request, Response
from pydantic import Field, ValidationError

from contracts.detection import DetectOptions, DetectReply, DetectRequest
from contracts.faces import ImageSize
from services.detector.context import cut_contexts
from services.detector.encoding import encode
from services.detector.looking import Chips
from services.detector.redaction import create_router as create_redaction
from services.detector.sight import DetectorSettings, Sight
from serving.app import create_service_app
from serving.machine import Machine
from serving.settings import ServiceSettings
from web.disconnect import while_connected
from web.messages import is_msgpack, read_message
from web.negotiation import reply
from web.openapi import picture_body, replies
from web.problems import misfit
from web.uploads import read_form

_MESSAGE_OVERHEAD = 4096


class PictureOptions(DetectOptions):
    """What a person may ask for; the gateway sends the whole message."""

    chips: bool = Field(default=False, description="also the aligned chips, as base64 of RGB bytes")


def create_app(settings: ServiceSettings | None = None, machine: Machine | None = None) -> FastAPI:
    """The detector's app; settings come from the environment unless given, `machine` is shared with other services."""
    own = DetectorSettings() if settings is None else DetectorSettings.model_validate(settings.model_dump())
    machine = machine or Machine(own)
    sight = Sight(own, machine)
    service, look = sight.service, sight.look
    app = create_service_app(*sight.services, title="HexaFace detector")

    app.include_router(create_redaction(machine, own))

    async def detect(wanted: DetectRequest) -> DetectReply:
        photo = await machine.decoding.open(wanted.image, max_pixels=own.max_pixels)
        faces, chips = await look(photo, wanted.options)
        size = ImageSize(width=photo.width, height=photo.height)
        pixels = b"".join(chip.tobytes() for chip in chips) if wanted.chips else None
        crops = await asyncio.to_thread(_encoded, chips) if wanted.crops else None
        answer = DetectReply(image=size, faces=faces, chips=pixels, crops=crops, model=service.ref)
        if not wanted.contexts:
            return answer
        contexts, placements = await cut_contexts(machine.decoding, photo, [face.box for face in faces])
        return answer.model_copy(update={"contexts": contexts, "placements": placements})

    @app.post(
        "/v1/detect",
        summary="Photo -> boxes, landmarks, quality and aligned chips",
        responses=replies(DetectReply, 400, 413, 415, 422, 429, 503),
        openapi_extra=picture_body({"image": False}, PictureOptions),
    )
    async def serve(request: Request) -> Response:
        wanted = await _read_request(request, own)
        return reply(request, await while_connected(request, detect(wanted)))

    app.state.messages["/v1/detect"] = serve
    return app


async def _read_request(request: Request, settings: DetectorSettings) -> DetectRequest:
    """The gateway's message, or a picture with options from a person; people get chips only when they ask."""
    if is_msgpack(request):
        limit = settings.max_upload_bytes + _MESSAGE_OVERHEAD
        return await read_message(request, DetectRequest, max_bytes=limit)
    form = await read_form(request, max_bytes=settings.max_upload_bytes, max_files=1)
    given = form.options(request, PictureOptions)
    options = DetectOptions.model_validate(given.model_dump(exclude={"chips"}))
    try:
        return DetectRequest(image=form.one("image"), options=options, chips=given.chips)
    except ValidationError as error:
        raise misfit(error) from error


def _encoded(chips: Chips) -> list[bytes]:
    return [encode(chip, "jpeg") for chip in chips]
