"""The embedder: `POST /v1/embed`."""

from fastapi import FastAPI

from contracts.analysis import ChipsRequest, EmbedReply
from services.embedder.model import EmbedderModel
from serving.app import add_chips_route, create_service_app
from serving.bodies import as_chips
from serving.machine import Machine
from serving.service import Service
from serving.settings import ServiceSettings

_FLOAT32 = 4


def create_app(settings: ServiceSettings | None = None, machine: Machine | None = None) -> FastAPI:
    """The embedder's app; settings come from the environment unless given, `machine` is shared with other services."""
    service = Service(
        "embedder", EmbedderModel, settings or ServiceSettings(), machine=machine, embedding="embedding"
    )
    app = create_service_app(service, title="HexaFace embedder")

    async def embed(request: ChipsRequest) -> EmbedReply:
        embeddings = await service.answer(as_chips(request))
        dimensions = len(embeddings[0].values) // _FLOAT32
        return EmbedReply(embeddings=embeddings, dimensions=dimensions, model=service.ref)

    add_chips_route(
        app,
        service,
        "/v1/embed",
        embed,
        request_type=ChipsRequest,
        reply_type=EmbedReply,
        summary="Chips or face pictures -> identity embeddings",
    )
    return app
