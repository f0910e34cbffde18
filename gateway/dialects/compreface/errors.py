"""Our problems as CompreFace's errors: a message, a number that its SDKs know, and its statuses."""

import math
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from web.problems import ProblemError, misfit

_CODES = {
    "no-face": 28,
    "several-faces": 31,
    "unsupported-image": 21,
    "not-found": 42,
    "conflict": 43,
    "unauthenticated": 20,
    "malformed-request": 26,
    "invalid-request": 26,
}
_STATUSES = {409: 400, 415: 400, 422: 400}
_UNDEFINED = 0


class CompreFaceRoute(APIRoute):
    """A route whose problems are written as CompreFace writes them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its problems caught."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError as error:
                return error_response(request, misfit(error))
            except ProblemError as error:
                return error_response(request, error)

        return handle


def error_response(request: Request, error: ProblemError) -> Response:
    """A problem in CompreFace's shape."""
    problem = error.problem(request)
    body = {"message": problem.detail, "code": _CODES.get(problem.type, _UNDEFINED)}
    headers = {} if error.retry_after is None else {"Retry-After": str(max(1, math.ceil(error.retry_after)))}
    return JSONResponse(body, status_code=_STATUSES.get(problem.status, problem.status), headers=headers)
