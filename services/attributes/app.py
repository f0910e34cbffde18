"""The attributes service: `POST /v1/attributes`."""

from fastapi import FastAPI

from contracts.analysis import AttributesReply, ChipsRequest
from services.attributes.model import AttributesModel
from serving.app import add_chips_route, create_service_app
from serving.bodies import as_chips
from serving.machine import Machine
from serving.service import Service
from serving.settings import ServiceSettings


def create_app(settings: ServiceSettings | None = None, machine: Machine | None = None) -> FastAPI:
    """The attributes app; settings come from the environment unless given, `machine` is shared with other services."""
    service = Service("attributes", AttributesModel, settings or ServiceSettings(), machine=machine)
    app = create_service_app(service, title="HexaFace attributes")

    async def attributes(request: ChipsRequest) -> AttributesReply:
        return AttributesReply(faces=await service.answer(as_chips(request)), model=service.ref)

    add_chips_route(
        app,
        service,
        "/v1/attributes",
        attributes,
        request_type=ChipsRequest,
        reply_type=AttributesReply,
        summary="Chips or face pictures -> age, gender, race",
    )
    return app
