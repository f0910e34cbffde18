"""The emotion service: `POST /v1/emotion`."""

from fastapi import FastAPI

from contracts.analysis import ChipsRequest, EmotionReply
from services.emotion.model import EmotionModel
from serving.app import add_chips_route, create_service_app
from serving.bodies import as_chips
from serving.machine import Machine
from serving.service import Service
from serving.settings import ServiceSettings


def create_app(settings: ServiceSettings | None = None, machine: Machine | None = None) -> FastAPI:
    """The emotion app; settings come from the environment unless given, `machine` is shared with other services."""
    service = Service("emotion", EmotionModel, settings or ServiceSettings(), machine=machine)
    app = create_service_app(service, title="HexaFace emotion")

    async def emotion(request: ChipsRequest) -> EmotionReply:
        return EmotionReply(faces=await service.answer(as_chips(request)), model=service.ref)

    add_chips_route(
        app,
        service,
        "/v1/emotion",
        emotion,
        request_type=ChipsRequest,
        reply_type=EmotionReply,
        summary="Chips or face pictures -> seven emotions",
    )
    return app
