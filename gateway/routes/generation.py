"""`/v1/generate`: a seed in, synthetic faces out."""

import base64

from fastapi import APIRouter, Depends, Request, Response

from contracts.api import GenerateAnswer
from contracts.generation import GenerateReply, GenerateRequest
from contracts.options import GenerateOptions
from gateway.parts import Parts
from gateway.routes.requests import MAX_BODY
from web.disconnect import while_connected
from web.messages import read_message
from web.negotiation import reply
from web.openapi import json_body, replies

_PNG = "image/png"


def create_router(parts: Parts) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1", tags=["generation"])

    @router.post(
        "/generate",
        summary="Generate synthetic faces; with Accept: image/png, one picture of them all",
        dependencies=[Depends(parts.access.needs("analyze"))],
        responses=replies(GenerateAnswer, 400, 401, 403, 413, 422, 429, 501, 503, 504),
        openapi_extra=json_body(GenerateOptions, required=False),
    )
    async def generate(request: Request) -> Response:
        options = await read_message(request, GenerateOptions, max_bytes=MAX_BODY, empty=GenerateOptions())
        as_png = _PNG in request.headers.get("accept", "")
        wanted = GenerateRequest(
            count=options.count, seed=options.seed, grid=as_png or options.layout == "grid"
        )
        made = await while_connected(
            request, parts.upstreams.call("generator", "/v1/generate", wanted, GenerateReply)
        )
        if as_png:
            return Response(made.images[0], media_type=_PNG, headers={"X-Seed": str(made.seed)})
        images = [base64.b64encode(image).decode() for image in made.images]
        answer = GenerateAnswer(
            images=images, seed=made.seed, width=made.width, height=made.height, model=made.model
        )
        return reply(request, answer)

    return router
