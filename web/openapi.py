"""How routes that read pictures themselves are documented: the same fields as multipart and as JSON."""

from typing import Any

from contracts.message import JSON, MSGPACK, Message
from contracts.problems import PROBLEM_JSON, Problem

MULTIPART = "multipart/form-data"
_FILE = {"type": "string", "format": "binary", "description": "a picture: JPEG, PNG, WebP, BMP, GIF or TIFF"}
_TEXT = {"type": "string", "description": "the file in base64, with or without a data: prefix"}
_BASE64 = {
    "anyOf": [
        _TEXT,
        {"type": "object", "properties": {"base64": _TEXT}, "required": ["base64"]},
    ]
}
_RAW = {"image/*": {"schema": {"type": "string", "format": "binary"}}}


def picture_body(pictures: dict[str, bool], options: type[Message] | None = None) -> dict[str, Any]:
    """`openapi_extra` of a route that takes pictures (name -> whether several are allowed) and options.

    The options may also stand in the query, the only place for them beside a picture that is the whole body.
    """
    fields = options.model_json_schema()["properties"] if options else {}
    content = {
        MULTIPART: {"schema": _schema(pictures, _FILE, fields)},
        JSON: {"schema": _schema(pictures, _BASE64, fields)},
    }
    parameters = [_parameter(name, schema) for name, schema in fields.items()]
    if list(pictures) == ["image"]:
        content |= _RAW
    return {"parameters": parameters, "requestBody": {"required": True, "content": content}}


def replies(kind: type[Message] | None, *statuses: int, ok: int = 200) -> dict[int | str, dict[str, Any]]:
    """The documented answers of a route: its message (if it has one) as JSON or MessagePack, and problems."""
    problem = {"model": Problem, "content": {PROBLEM_JSON: {}}, "description": "an RFC 9457 problem"}
    documented: dict[int | str, dict[str, Any]] = dict.fromkeys(statuses, problem)
    if kind is not None:
        documented[ok] = {"model": kind, "content": {MSGPACK: {}}, "description": "the answer"}
    return documented


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """An option as a query parameter.

    Without its default, which forms made from the description would send along beside the body's; what is an object in
    a body is JSON text here.
    """
    if "additionalProperties" in str(schema):
        schema = {"type": "string", "description": schema.get("description", "")}
    shown = {key: value for key, value in schema.items() if key not in ("default", "title")}
    return {"name": name, "in": "query", "required": False, "schema": shown}


def _schema(pictures: dict[str, bool], picture: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    properties = {
        name: {"type": "array", "items": picture} if many else picture for name, many in pictures.items()
    }
    return {"type": "object", "properties": properties | fields, "required": list(pictures)}
