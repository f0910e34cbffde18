"""Answers as JSON or MessagePack, as the caller's `Accept` asks."""

from fastapi import Request, Response

from contracts.message import JSON, MSGPACK, Message


def wants_msgpack(request: Request) -> bool:
    """Whether the caller asked for MessagePack."""
    return MSGPACK in request.headers.get("accept", "")


def reply(
    request: Request, message: Message, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """A message in the format that was asked for; JSON unless MessagePack was named."""
    if wants_msgpack(request):
        return Response(message.to_msgpack(), status, media_type=MSGPACK, headers=headers)
    return Response(message.to_json(), status, media_type=JSON, headers=headers)
