"""CompreFace's three services under `/api/v1`: recognition, detection, verification."""

from fastapi import APIRouter

from gateway.dialects.compreface import examples, looking, subjects, vectors
from gateway.dialects.compreface.desk import CompreFaceDesk
from gateway.parts import Parts


def create_router(parts: Parts) -> APIRouter:
    """The routes. They stay out of the OpenAPI document: their shapes are CompreFace's."""
    router = APIRouter(prefix="/api/v1", include_in_schema=False)
    desk = CompreFaceDesk(parts)
    for module in (subjects, examples, looking, vectors):
        router.include_router(module.create_router(desk))
    return router
