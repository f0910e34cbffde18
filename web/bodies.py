"""Bodies of requests, read in memory and never past their limit."""

from fastapi import Request

from web.problems import TooLargeError

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
