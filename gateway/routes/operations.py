"""`/v1/models`, `/healthz`, `/readyz`, `/metrics`: what is loaded, and whether it works."""

import asyncio

from fastapi import APIRouter, Depends, Request, Response

from contracts.api import ModelsAnswer, ReadyAnswer
from gateway.parts import Parts
from gateway.settings.upstreams import TASKS
from gateway.stores.readiness import is_degraded
from web.metrics import metrics_page
from web.negotiation import reply
from web.openapi import replies


def create_router(parts: Parts) -> APIRouter:
    """The routes over the given services and stores."""
    router = APIRouter(tags=["operations"])

    @router.get(
        "/v1/models",
        summary="The models behind every task",
        dependencies=[Depends(parts.access.needs())],
        responses=replies(ModelsAnswer, 401, 429),
    )
    async def models(request: Request) -> Response:
        states = await parts.upstreams.readiness()
        loaded = [model for state in states.values() for model in state.models]
        unavailable = [name for name, state in states.items() if not state.models]
        absent = [task for task in TASKS if task not in states]
        return reply(request, ModelsAnswer(models=loaded, unavailable=unavailable, not_served=absent))

    @router.get("/healthz", summary="Liveness: the gateway answers")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz", response_model=ReadyAnswer, summary="Readiness: every service is ready")
    async def readyz(request: Request) -> Response:
        states, stores = await asyncio.gather(parts.upstreams.readiness(), parts.stores.states())
        services = {n: "ready" if state.ready else state.reason or "not ready" for n, state in states.items()}
        # A store that is down costs the cache or the identities, not the analyses: degraded, and still ready.
        ready = all(state.ready for state in states.values())
        answer = ReadyAnswer(ready=ready, services=services, stores=stores, degraded=is_degraded(stores))
        response = reply(request, answer)
        response.status_code = 200 if ready else 503
        return response

    @router.get("/metrics", summary="Prometheus metrics")
    async def metrics() -> Response:
        return metrics_page()

    return router
