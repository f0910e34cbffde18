"""The routes of the Open Inference Protocol v2: health, metadata and inference, through the same batcher as the rest."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import ValidationError

from contracts.message import JSON, Message
from contracts.version import __version__
from serving.inference.datatypes import datatype_of
from serving.inference.messages import InferRequest, ModelMetadata, ServerMetadata, TensorMetadata
from serving.inference.tensors import as_json, read_tensors, split_body, write_tensors
from serving.service import AnyService
from serving.session import TensorSpec
from web.bodies import read_body
from web.disconnect import while_connected
from web.problems import (
    InvalidRequestError,
    MalformedRequestError,
    NotFoundError,
    ProblemError,
    UnavailableError,
    misfit,
)

_MAX_BODY_BYTES = 64 * 2**20
_LENGTH = "inference-header-content-length"
_BINARY = "application/octet-stream"

Handler = Callable[[Request], Awaitable[Response]]


def add_inference_routes(app: FastAPI, *services: AnyService) -> None:
    """Add `/v2` for the models of these services, each under its task's name."""
    serve = _Inference({service.task: service for service in services})
    router = APIRouter(prefix="/v2", include_in_schema=False)
    router.add_api_route("", _as_protocol(serve.server), methods=["GET"])
    router.add_api_route("/health/live", _as_protocol(serve.live), methods=["GET"])
    router.add_api_route("/health/ready", _as_protocol(serve.ready), methods=["GET"])
    for path in ("/models/{model}", "/models/{model}/versions/{version}"):
        router.add_api_route(path, _as_protocol(serve.metadata), methods=["GET"])
        router.add_api_route(f"{path}/ready", _as_protocol(serve.model_ready), methods=["GET"])
        router.add_api_route(f"{path}/infer", _as_protocol(serve.infer), methods=["POST"])
    app.include_router(router)


class _Inference:
    """The handlers over the services by their tasks' names."""

    def __init__(self, services: dict[str, AnyService]) -> None:
        self._services = services

    async def server(self, _: Request) -> Response:
        """The server's metadata."""
        return _json(ServerMetadata(version=__version__))

    async def live(self, _: Request) -> Response:
        """Whether the process answers."""
        return Response()

    async def ready(self, _: Request) -> Response:
        """Whether every model reproduced its stored answer."""
        for service in self._services.values():
            state = service.readiness()
            if not state.ready:
                raise UnavailableError(f"not ready: {state.reason}", retry_after=5)
        return Response()

    async def metadata(self, request: Request) -> Response:
        """A model's inputs and outputs."""
        service = self._asked(request)
        info = service.info
        inputs, outputs = ([_tensor(spec) for spec in specs] for specs in (info.inputs, info.outputs))
        return _json(
            ModelMetadata(name=service.task, versions=[info.version], inputs=inputs, outputs=outputs)
        )

    async def model_ready(self, request: Request) -> Response:
        """Whether a model is there and ready."""
        self._asked(request)
        return Response()

    async def infer(self, request: Request) -> Response:
        """Run the model on the tensors of the body."""
        service = self._asked(request)
        if request.headers.get("content-encoding", "identity") != "identity":
            raise InvalidRequestError("compressed bodies are not read; send the body as it is")
        body = await read_body(request, _MAX_BODY_BYTES)
        text, binary = split_body(body, request.headers.get(_LENGTH))
        wanted = _parse(text)
        items = read_tensors(wanted, binary, service.info)
        outputs = await while_connected(request, service.forward(items))
        entries, blobs = write_tensors(outputs, wanted, service.info)
        answer: dict[str, object] = {"model_name": service.task, "model_version": service.info.version}
        if wanted.id is not None:
            answer["id"] = wanted.id
        return _answer(answer | {"outputs": entries}, blobs)

    def _asked(self, request: Request) -> AnyService:
        name, version = request.path_params["model"], request.path_params.get("version")
        service = self._services.get(name)
        if service is None:
            raise NotFoundError(f"there is no model {name!r} here; there is {', '.join(self._services)}")
        if version not in (None, service.info.version):
            raise NotFoundError(f"{name} has no version {version!r}; it is {service.info.version}")
        return service


def _as_protocol(serve: Handler) -> Handler:
    """Problems with the member `error`, in which the protocol's clients look for the reason."""

    async def guarded(request: Request) -> Response:
        try:
            return await serve(request)
        except ProblemError as error:
            problem = error.problem(request).model_dump(exclude_none=True)
            headers = (
                {} if error.retry_after is None else {"Retry-After": str(max(1, round(error.retry_after)))}
            )
            return Response(
                as_json(problem | {"error": error.detail}), error.status, media_type=JSON, headers=headers
            )

    return guarded


def _parse(text: bytes) -> InferRequest:
    try:
        return InferRequest.from_json(text)
    except ValidationError as error:
        raise misfit(error) from error


def _tensor(spec: TensorSpec) -> TensorMetadata:
    shape = [length if isinstance(length, int) else -1 for length in spec.shape]
    return TensorMetadata(name=spec.name, datatype=datatype_of(spec.type), shape=shape)


def _json(message: Message) -> Response:
    return Response(message.to_json(), media_type=JSON)


def _answer(answer: dict[str, object], blobs: list[bytes]) -> Response:
    try:
        head = as_json(answer)
    except ValueError as error:
        raise MalformedRequestError("an output is not a number; ask for it as binary data") from error
    if not blobs:
        return Response(head, media_type=JSON)
    return Response(b"".join([head, *blobs]), media_type=_BINARY, headers={_LENGTH: str(len(head))})
