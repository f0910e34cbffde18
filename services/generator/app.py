"""The generator: `POST /v1/generate`."""

import asyncio
import secrets

from fastapi import FastAPI, Request, Response

from contracts.generation import GenerateReply, GenerateRequest
from services.generator.model import GeneratorModel, grid, latents, marked_png
from serving.app import create_service_app
from serving.machine import Machine
from serving.service import Service
from serving.settings import ServiceSettings
from web.disconnect import while_connected
from web.messages import read_message
from web.negotiation import reply
from web.openapi import replies

_MAX_BODY = 64 * 1024
# 53 bits: a seed that survives JavaScript's numbers.
_SEED_BITS = 53


def create_app(settings: ServiceSettings | None = None, machine: Machine | None = None) -> FastAPI:
    """The generator's app; settings come from the environment unless given, `machine` is shared with other services."""
    service = Service("generator", GeneratorModel, settings or ServiceSettings(), machine=machine)
    app = create_service_app(service, title="HexaFace generator")

    async def generate(wanted: GenerateRequest) -> GenerateReply:
        seed = wanted.seed if wanted.seed is not None else secrets.randbits(_SEED_BITS)
        faces = await service.answer(list(latents(seed, wanted.count)))
        pictures = [grid(faces)] if wanted.grid else faces
        name = service.ref.name
        images = await asyncio.to_thread(lambda: [marked_png(p, model=name, seed=seed) for p in pictures])
        height, width = pictures[0].shape[:2]
        return GenerateReply(images=images, seed=seed, width=width, height=height, model=service.ref)

    @app.post(
        "/v1/generate",
        summary="Seed -> synthetic faces",
        responses=replies(GenerateReply, 400, 413, 422, 429, 503),
        openapi_extra={
            "requestBody": {
                "content": {"application/json": {"schema": GenerateRequest.model_json_schema()}},
            }
        },
    )
    async def serve(request: Request) -> Response:
        wanted = await read_message(request, GenerateRequest, max_bytes=_MAX_BODY, empty=GenerateRequest())
        return reply(request, await while_connected(request, generate(wanted)))

    return app
