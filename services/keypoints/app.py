"""The keypoints service: `POST /v1/keypoints`."""

from fastapi import FastAPI

from contracts.action_units import relative_to
from contracts.keypoints import Keypoints, KeypointsReply, KeypointsRequest
from services.keypoints.model import KeypointsModel
from serving.app import add_chips_route, create_service_app
from serving.bodies import as_chips
from serving.machine import Machine
from serving.service import Service
from serving.settings import ServiceSettings


def create_app(settings: ServiceSettings | None = None, machine: Machine | None = None) -> FastAPI:
    """The keypoints app; settings come from the environment unless given, `machine` is shared with other services."""
    service = Service("keypoints", KeypointsModel, settings or ServiceSettings(), machine=machine)
    app = create_service_app(service, title="HexaFace keypoints")

    async def keypoints(request: KeypointsRequest) -> KeypointsReply:
        faces = await service.answer(as_chips(request))
        return KeypointsReply(faces=[_as_asked(face, request) for face in faces], model=service.ref)

    add_chips_route(
        app,
        service,
        "/v1/keypoints",
        keypoints,
        request_type=KeypointsRequest,
        reply_type=KeypointsReply,
        summary="Chips or face pictures -> points, mesh, action units, gaze and head pose",
    )
    return app


def _as_asked(face: Keypoints, request: KeypointsRequest) -> Keypoints:
    """Without the large parts that were not asked for, and without the resting face that was given."""
    update: dict[str, object] = {}
    if not request.mesh:
        update["mesh"] = None
    if not request.blendshapes:
        update["blendshapes"] = None
    if request.neutral is not None:
        update["action_units"] = relative_to(request.neutral, face.action_units)
    return face.model_copy(update=update)
