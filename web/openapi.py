"""How routes that read pictures themselves are documented: the same fields as multipart and as JSON."""

from typing import Any

from contracts.message import JSON, MSGPACK, Message
from contracts.problems import PROBLEM_JSON, Problem

MULTIPART = "multipart/form-data"
_FILE = {"type": "string", "format": "binary", "description": "a picture: JPEG, PNG, WebP, BMP, GIF or TIFF"}
_BASE64 = {
    "type": "object",
    "properties": {
        "base64": {"type": "string", "description": "the file in base64, with or without a data: prefix"}
    },
    "required": ["base64"],
}


def picture_body(pictures: dict[str, bool], options: type[Message] | None = None) -> dict[str, Any]:
    """`openapi_extra` of a route that takes pictures (name -> whether several are allowed) and options."""
    fields = options.model_json_schema()["properties"] if options else {}
    return {
        "requestBody": {
            "required": True,
            "content": {
                MULTIPART: {"schema": _schema(pictures, _FILE, fields)},
                JSON: {"schema": _schema(pictures, _BASE64, fields)},
            },
        }
    }


def replies(kind: type[Message] | None, *statuses: int, ok: int = 200) -> dict[int | str, dict[str, Any]]:
    """The documented answers of a route: its message (if it has one) as JSON or MessagePack, and problems."""
    problem = {"model": Problem, "content": {PROBLEM_JSON: {}}, "description": "an RFC 9457 problem"}
    documented: dict[int | str, dict[str, Any]] = dict.fromkeys(statuses, problem)
    if kind is not None:
        documented[ok] = {"model": kind, "content": {MSGPACK: {}}, "description": "the answer"}
    return documented


def _schema(pictures: dict[str, bool], picture: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    properties = {
        name: {"type": "array", "items": picture} if many else picture for name, many in pictures.items()
    }
    return {"type": "object", "properties": properties | fields, "required": list(pictures)}
