"""A request whose whole body is one message: MessagePack from our own processes, JSON from people."""

from typing import TypeVar

from fastapi import Request
from pydantic import ValidationError

from contracts.message import MSGPACK, Message
from web.problems import MalformedRequestError, misfit
from web.uploads import read_body

M = TypeVar("M", bound=Message)


def is_msgpack(request: Request) -> bool:
    """Whether the body is MessagePack."""
    return request.headers.get("content-type", "").startswith(MSGPACK)


async def read_message(request: Request, kind: type[M], *, max_bytes: int, empty: M | None = None) -> M:
    """The message of a body: MessagePack when its content type says so, else JSON; `empty` for a body of no bytes.

    Raises TooLargeError (413), MalformedRequestError (400) and InvalidRequestError (422).
    """
    body = await read_body(request, max_bytes)
    if empty is not None and not body:
        return empty
    try:
        return kind.from_msgpack(body) if is_msgpack(request) else kind.from_json(body)
    except ValidationError as error:
        raise misfit(error) from error
    except ValueError as error:
        raise MalformedRequestError(str(error)) from error
