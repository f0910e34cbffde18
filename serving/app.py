"""The FastAPI app around a service: health, metrics, problems, and the route of a per-face task."""

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

from fastapi import Depends, FastAPI, Request, Response

from contracts.analysis import ChipsRequest
from contracts.message import Message
from contracts.models import Readiness
from contracts.version import __version__
from serving.bodies import read_chips
from serving.inference.routes import add_inference_routes
from serving.messages import Answer, MessageRoutes
from serving.service import AnyService
from web.disconnect import while_connected
from web.docs import add_docs
from web.metrics import metrics_page
from web.negotiation import reply
from web.openapi import picture_body, replies
from web.parameters import refuse_unknown_parameters
from web.refusals import add_problem_handlers
from web.requests import RequestMiddleware

R = TypeVar("R", bound=ChipsRequest)


def create_service_app(service: AnyService, *helpers: AnyService, title: str) -> FastAPI:
    """An app with `/healthz`, `/readyz` and `/metrics`; its lifespan is the service's, and that of its helpers."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for one in (*helpers, service):
                await stack.enter_async_context(one.running())
            yield

    app = FastAPI(
        title=title,
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(refuse_unknown_parameters)],
    )
    messages: dict[str, Answer] = {}
    app.state.messages = messages
    app.add_middleware(MessageRoutes, routes=messages)
    app.add_middleware(RequestMiddleware, name=service.task)
    add_problem_handlers(app)
    add_docs(app)

    @app.get("/healthz", summary="Liveness: the process answers")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", response_model=Readiness, summary="Readiness: the model reproduced its stored answer")
    async def readyz(request: Request) -> Response:
        state = _readiness([service, *helpers])
        response = reply(request, state)
        response.status_code = 200 if state.ready else 503
        return response

    @app.get("/metrics", summary="Prometheus metrics")
    async def metrics() -> Response:
        return metrics_page()

    add_inference_routes(app, service, *helpers)
    return app


def _readiness(services: Sequence[AnyService]) -> Readiness:
    """Ready when all are; the models in their order."""
    states = [service.readiness() for service in services]
    reasons = [state.reason for state in states if state.reason is not None]
    models = [model for state in states for model in state.models]
    return Readiness(ready=all(s.ready for s in states), reason="; ".join(reasons) or None, models=models)


def add_chips_route(
    app: FastAPI,
    service: AnyService,
    path: str,
    answer: Callable[[R], Coroutine[Any, Any, Message]],
    *,
    request_type: type[R],
    reply_type: type[Message],
    summary: str,
) -> None:
    """Add the route of a per-face task: chips or pictures in, one answer per chip out."""

    async def serve(request: Request) -> Response:
        body = await read_chips(request, request_type, service.settings, service.machine.decoding)
        return reply(request, await while_connected(request, answer(body)))

    app.state.messages[path] = serve
    app.add_api_route(
        path,
        serve,
        methods=["POST"],
        summary=summary,
        responses=replies(reply_type, 400, 413, 415, 422, 429, 503),
        openapi_extra=picture_body({"image": True}),
        name=path.rsplit("/", 1)[-1],
    )
