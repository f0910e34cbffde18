"""Bodies of requests, read in memory and never past their limit."""

import json
from typing import Any

from fastapi import Request

from web.problems import MalformedRequestError, TooLargeError

MIB = 2**20
MAX_BODY_BYTES = 128 * MIB
"""The largest body of a public route, whatever it holds: six pictures of the largest size, or many usual ones."""


def media_type(request: Request) -> str:
    """The kind of a body, without its parameters: `application/json`."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The whole body. Raises TooLargeError as soon as it is known to be larger than `max_bytes`."""
    check_length(request, max_bytes)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_bytes:
            raise too_large(max_bytes)
        chunks.append(chunk)
    return b"".join(chunks)


def parse_json(body: bytes) -> Any:
    """JSON in which no field of an object stands twice, or one of them would be lost. Raises MalformedRequestError."""
    try:
        return json.loads(body, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise MalformedRequestError("the body is not valid JSON") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise MalformedRequestError(f"the JSON body has the field {name!r} twice")
        found[name] = value
    return found


def check_length(request: Request, max_bytes: int) -> None:
    """Raises TooLargeError when the declared length is over the limit."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > max_bytes:
        raise too_large(max_bytes)


def too_large(max_bytes: int) -> TooLargeError:
    """What a body or a picture over its limit deserves."""
    if max_bytes < MIB:  # no picture is held to so little
        return TooLargeError(f"the body is over the limit of {max_bytes // 1024} KiB")
    return TooLargeError(f"the upload is over the limit of {max_bytes / MIB:g} MiB; scale the picture down")
