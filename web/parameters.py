"""Query parameters that a route does not document are refused, as unknown fields of a body are."""

import asyncio

from fastapi import FastAPI, Request

from contracts.problems import FieldError
from web.problems import InvalidRequestError

_Documented = dict[tuple[str, str], frozenset[str]]


async def refuse_unknown_parameters(request: Request) -> None:
    """A dependency of a whole app. Raises InvalidRequestError."""
    if not request.query_params:
        return
    path = getattr(request.scope.get("route"), "path_format", "")
    # Described once, which takes a moment: not on the event loop.
    known = (await asyncio.to_thread(_documented, request.app)).get((path, request.method.lower()))
    if known is None:  # a page, not the API
        return
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        errors = [FieldError(field=name, reason="there is no such query parameter") for name in unknown]
        choice = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
        raise InvalidRequestError(
            f"{', '.join(unknown)}: no query parameter of this route; {choice}", errors=errors
        )


def _documented(app: FastAPI) -> _Documented:
    """Path and method -> the names of its query parameters; from the API's own description, which is complete."""
    found: _Documented | None = getattr(app.state, "query_parameters", None)
    if found is None:
        found = app.state.query_parameters = {
            (path, method): frozenset(
                p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"
            )
            for path, operations in app.openapi()["paths"].items()
            for method, operation in operations.items()
            if isinstance(operation, dict)
        }
    return found
