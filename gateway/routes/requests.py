"""What the routes read from a request: the principal, options, JSON bodies within a limit, paging, ids in paths."""

from typing import Annotated, TypeVar

from fastapi import Header, Path, Query, Request

from contracts.message import Message
from contracts.patterns import IDEMPOTENCY_KEY, IDENTIFIER, PAGE
from contracts.storable import MAX_METADATA, json_size
from gateway.keys.principal import Principal
from web.messages import read_message
from web.problems import TooLargeError

M = TypeVar("M", bound=Message)

MAX_BODY = 64 * 1024

PathId = Annotated[str, Path(pattern=IDENTIFIER, description="1 to 128 letters, digits and . _ @ -")]
After = Annotated[str, Query(pattern=PAGE, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=200, description="entries per page")]
IdempotencyKey = Annotated[
    str | None,
    Header(pattern=IDEMPOTENCY_KEY, description="the same key and request: enrolled once, answered alike"),
]


def principal_of(request: Request) -> Principal:
    """Who asks, as `Access.needs` found it."""
    found: Principal = request.state.principal
    return found


def may_store(request: Request) -> bool:
    """Whether the answer may be cached: `Cache-Control: no-store` forbids it."""
    return "no-store" not in request.headers.get("cache-control", "").lower()


async def read_change(request: Request, kind: type[M]) -> M:
    """The body of a request that creates or changes something. Raises TooLargeError (413), MalformedRequestError (400), InvalidRequestError (422)."""
    message = await read_message(request, kind, max_bytes=MAX_BODY)
    metadata = getattr(message, "metadata", None)
    if metadata and json_size(metadata) > MAX_METADATA:
        raise TooLargeError(f"metadata is over the limit of {MAX_METADATA // 1024} KiB of JSON")
    return message
