"""A request whose whole body is one message: MessagePack from our own processes, JSON from people."""

from typing import TypeVar

from fastapi import Request
from pydantic import ValidationError

from contracts.message import JSON, MSGPACK, Message
from web.bodies import media_type, parse_json, read_body
from web.problems import MalformedRequestError, misfit

M = TypeVar("M", bound=Message)


def is_msgpack(request: Request) -> bool:
    """Whether the body is MessagePack."""
    return media_type(request) == MSGPACK


async def read_message(request: Request, kind: type[M], *, max_bytes: int, empty: M | None = None) -> M:
    """The message of a body: MessagePack or JSON, as its content type says; `empty` for a body of no bytes.

    Another content type is refused: a browser sends `text/plain` from one site to another without asking. Raises
    TooLargeError (413), MalformedRequestError (400) and InvalidRequestError (422).
    """
    body = await read_body(request, max_bytes)
    if empty is not None and not body:
        return empty
    if media_type(request) not in (JSON, MSGPACK):
        raise MalformedRequestError(f"send the body as JSON, with the header Content-Type: {JSON}")
    try:
        if is_msgpack(request):
            return kind.from_msgpack(body)
        parse_json(body)
        return kind.from_json(body)
    except ValidationError as error:
        raise misfit(error) from error
    except ValueError as error:
        raise MalformedRequestError(str(error)) from error
