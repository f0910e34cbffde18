"""The liveness service: `POST /v1/liveness`."""

import numpy as np
from fastapi import FastAPI, Request, Response

from contracts.liveness import CONTEXT_BYTES, CONTEXT_SIDE, LivenessReply, LivenessRequest
from services.liveness.model import FaceInContext, LivenessModel
from serving.app import create_service_app
from serving.machine import Machine
from serving.service import Service
from serving.settings import ServiceSettings
from web.disconnect import while_connected
from web.messages import read_message
from web.negotiation import reply
from web.openapi import replies

# As many faces as a detector reports at most by default; a crop of 300 kB each.
_MAX_BYTES = 100 * (CONTEXT_BYTES + 256)
_BODY = {
    "required": True,
    "content": {"application/json": {"schema": LivenessRequest.model_json_schema()}},
}


def create_app(settings: ServiceSettings | None = None, machine: Machine | None = None) -> FastAPI:
    """The liveness app; settings come from the environment unless given, `machine` is shared with other services."""
    service = Service("liveness", LivenessModel, settings or ServiceSettings(), machine=machine)
    app = create_service_app(service, title="HexaFace liveness")

    async def judged(wanted: LivenessRequest) -> LivenessReply:
        crops = np.frombuffer(wanted.contexts, np.uint8).reshape(-1, CONTEXT_SIDE, CONTEXT_SIDE, 3)
        faces = [
            FaceInContext(crop, placement) for crop, placement in zip(crops, wanted.placements, strict=True)
        ]
        return LivenessReply(faces=await service.answer(faces), model=service.ref)

    @app.post(
        "/v1/liveness",
        summary="Faces with their surroundings -> real or presented (advisory)",
        responses=replies(LivenessReply, 400, 413, 422, 429, 503),
        openapi_extra={"requestBody": _BODY},
    )
    async def liveness(request: Request) -> Response:
        wanted = await read_message(request, LivenessRequest, max_bytes=_MAX_BYTES)
        return reply(request, await while_connected(request, judged(wanted)))

    app.state.messages["/v1/liveness"] = liveness
    return app
