"""Errors as HTTP responses: one set of handlers for every app."""

import math
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from contracts.problems import PROBLEM_JSON, Problem
from web.disconnect import ClientGoneError
from web.problems import InternalError, ProblemError, misfit, problem_of
from web.requests import CLIENT_GONE, id_headers, route_of

log = structlog.get_logger(__name__)


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of an app a problem; an unexpected one says no more than its request id."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(ClientGoneError, _on_client_gone)
    app.add_exception_handler(ClientDisconnect, _on_client_gone)  # while its body was being read
    app.add_exception_handler(Exception, _on_unexpected)


def refusal(request: Request, error: ProblemError) -> Response:
    """An error as an HTTP response."""
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return _response(error.problem(request), headers)


_WAYS_ON = {
    404: "nothing is at this address; the API's documentation lists what is",
    405: "this address does not take this method; the header Allow names those it takes",
}
"""What to do next, where Starlette only repeats the status."""


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101  # registered for this class only
    return refusal(request, error)


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this class only
    return refusal(request, misfit(error))


async def _on_http(request: Request, error: Exception) -> Response:
    """Starlette's own errors: unknown route, wrong method, unreadable form."""
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class only
    phrase = HTTPStatus(error.status_code).phrase
    kind = {400: "malformed-request"}.get(error.status_code, phrase.lower().replace(" ", "-"))
    detail = _WAYS_ON.get(error.status_code) if error.detail == phrase else None
    problem = problem_of(request, error.status_code, kind, phrase, detail or str(error.detail))
    return _response(problem, error.headers)


async def _on_client_gone(_: Request, __: Exception) -> Response:
    """Nobody reads this; the status is for the log and the metrics."""
    return Response(status_code=CLIENT_GONE)


async def _on_unexpected(request: Request, error: Exception) -> Response:
    detail = "an unexpected error; the log line with this request id says more"
    problem = problem_of(request, 500, InternalError.type, InternalError.title, detail)
    # Starlette calls this outside the middleware that gives each request its ids.
    ids = {"request_id": problem.request_id} | ({"trace_id": problem.trace_id} if problem.trace_id else {})
    log.error(
        "request.failed", route=route_of(request.scope), error=type(error).__name__, exc_info=error, **ids
    )
    return _response(problem, id_headers(request.scope))


def _response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    body = problem.model_dump_json(exclude_none=True)
    return Response(body, status_code=problem.status, media_type=PROBLEM_JSON, headers=dict(headers or {}))
