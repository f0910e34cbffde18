"""How routes that read their bodies themselves are documented, and how the whole document is put together."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from contracts.message import JSON, MSGPACK, Message
from contracts.problems import PROBLEM_JSON, Problem

Schema = dict[str, Any]

MULTIPART = "multipart/form-data"
_FORMATS = "JPEG, PNG, WebP, BMP, GIF, TIFF, AVIF or HEIC"
_FILE = {"type": "string", "format": "binary", "description": f"a picture: {_FORMATS}"}
_TEXT = {"type": "string", "description": "the file in base64, with or without a data: prefix"}
_URL = {"type": "string", "description": "where it is; only of hosts that the operator allows"}
_IN_JSON = [_TEXT, {"type": "object", "properties": {"base64": _TEXT}, "required": ["base64"]}]
_LINKED_IN_JSON = {"type": "object", "properties": {"url": _URL}, "required": ["url"]}
_RAW = {
    "application/octet-stream": {
        "schema": {
            "type": "string",
            "format": "binary",
            "description": "the picture itself; `image/jpeg`, `image/png` and so on are taken alike",
        }
    }
}
_REFERENCE = "#/components/schemas/{model}"
# Where a route's description keeps the schemas that it refers to, until the document takes them to its components.
_SCHEMAS = "x-schemas"


def picture_body(
    pictures: dict[str, bool],
    options: type[Message] | None = None,
    *,
    optional: Sequence[str] = (),
    by_url: bool = False,
) -> Schema:
    """`openapi_extra` of a route that takes pictures (name -> whether several are allowed) and options.

    The `optional` ones may be absent: something else may be sent in their place. With `by_url` the route fetches pictures
    too: in JSON as `{"url": ...}`, in a form as text in a field of its own in the picture's place. The options may also stand in the query, the only place for them beside a picture that is the whole body.
    """
    schema, found = _schema_of(options) if options else ({}, {})
    fields = schema.get("properties", {})
    needed = [name for name in pictures if name not in optional]
    required = schema.get("required", [])
    texts = {name: _as_text(field) for name, field in fields.items()}
    linked = _linked(pictures) if by_url else {}
    in_json = {
        "description": f"a picture: {_FORMATS}",
        "anyOf": [*_IN_JSON, _LINKED_IN_JSON] if by_url else _IN_JSON,
    }
    content = {
        MULTIPART: {
            "schema": _body(pictures, _FILE, linked | texts, required if by_url else [*needed, *required])
        },
        JSON: {"schema": _body(pictures, in_json, fields, [*needed, *required])},
    }
    if list(pictures) == ["image"]:
        content |= _RAW
    parameters = [
        {"name": name, "in": "query", "required": False, "schema": _without_default(text)}
        for name, text in texts.items()
    ]
    return {
        "parameters": parameters,
        "requestBody": {"required": True, "content": content},
        _SCHEMAS: found,
    }


def json_body(kind: type[Message], *, required: bool = True) -> Schema:
    """`openapi_extra` of a route that reads its JSON body itself, after it is known who sends it."""
    schema, found = _schema_of(kind)
    reference = {"$ref": _REFERENCE.format(model=kind.__name__)}
    body = {"required": required, "content": {JSON: {"schema": reference}}}
    return {"requestBody": body, _SCHEMAS: {**found, kind.__name__: schema}}


def replies(kind: type[Message] | None, *statuses: int, ok: int = 200) -> dict[int | str, Schema]:
    """The documented answers of a route: its message (if it has one) as JSON or MessagePack, and problems."""
    problem = {"model": Problem, "content": {PROBLEM_JSON: {}}, "description": "an RFC 9457 problem"}
    documented: dict[int | str, Schema] = dict.fromkeys(statuses, problem)
    if kind is not None:
        documented[ok] = {"model": kind, "content": {MSGPACK: {}}, "description": "the answer"}
    return documented


def picture_answer(*kinds: str, headers: dict[str, str]) -> dict[int | str, Schema]:
    """The documented answer of a route that answers a picture of one of these content types; header -> what it says."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
    told = {name: {"description": words, "schema": {"type": "integer"}} for name, words in headers.items()}
    return {
        200: {
            "description": "the picture (an example of one is in base64)",
            "content": content,
            "headers": told,
        }
    }


def operation_id(route: APIRoute) -> str:
    """The name of a route's function: what generated clients call their method."""
    return route.name


def document(
    app: FastAPI,
    tags: Sequence[Schema] = (),
    examples: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> None:
    """Let `app.openapi()` be whole: references resolve, a server is named, tags have words, operations have examples.

    `examples` are by operation id: `path` (parameters by name), `body`, and `answer`, or a `picture` in base64 with
    `headers`, each where there is one.
    """

    def openapi() -> Schema:
        if app.openapi_schema is None:
            app.openapi_schema = _whole(app, tags, examples)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _whole(app: FastAPI, tags: Sequence[Schema], examples: Mapping[str, Mapping[str, Any]]) -> Schema:
    made = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=list(tags) or None,
        servers=[{"url": "/", "description": "this server"}],
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for operations in made["paths"].values():
        for operation in operations.values():
            schemas.update(operation.pop(_SCHEMAS, {}))
            _declare_contents(operation)
            _show(operation, examples.get(operation["operationId"], {}))
    return made


def _show(operation: Schema, example: Mapping[str, Any]) -> None:
    """Put an operation's example where readers and generators look for it."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"] in example.get("path", {}):
            parameter["example"] = example["path"][parameter["name"]]
    if "body" in example:
        operation["requestBody"]["content"][JSON]["example"] = example["body"]
    answers = [answer for status, answer in operation["responses"].items() if str(status).startswith("2")]
    if "picture" in example:
        kind = next(iter(answers[0]["content"]))
        answers[0]["content"][kind]["example"] = example["picture"]
        for name, value in example["headers"].items():
            answers[0]["headers"][name]["example"] = value
    elif "answer" in example:
        answers[0].setdefault("content", {}).setdefault(JSON, {})["example"] = example["answer"]


def _declare_contents(operation: Schema) -> None:
    """A problem is only ever `application/problem+json`, a message the same in JSON and MessagePack.

    FastAPI writes a message's schema under JSON alone.
    """
    for status, answer in operation.get("responses", {}).items():
        content = answer.get("content", {})
        if PROBLEM_JSON in content and not str(status).startswith("2"):
            content[PROBLEM_JSON] = content.pop(JSON, content[PROBLEM_JSON])
        elif MSGPACK in content and JSON in content:
            content[MSGPACK] = dict(content[JSON])


def _schema_of(kind: type[Message]) -> tuple[Schema, Schema]:
    """A message's schema, and those that it refers to, by name."""
    schema = kind.model_json_schema(ref_template=_REFERENCE)
    return schema, schema.pop("$defs", {})


def _as_text(schema: Schema) -> Schema:
    """A field as it stands in a form or in the query: what is an object in JSON is JSON text there.

    A field that may be absent is given an empty example: pages made from the description prefill forms from it.
    """
    if "additionalProperties" in str(schema) or "$ref" in str(schema):
        return {"type": "string", "description": schema.get("description", ""), "example": ""}
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if "anyOf" in schema and len(choices) == 1:
        rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
        return {**choices[0], **rest, "example": ""}
    return schema


def _without_default(schema: Schema) -> Schema:
    """Without its default, which forms made from the description would send along beside the body's."""
    return {key: value for key, value in schema.items() if key not in ("default", "title", "example")}


def _linked(pictures: dict[str, bool]) -> dict[str, Schema]:
    """The fields of a form that say where pictures are. Each is empty until somebody fills it in."""
    found: dict[str, Schema] = {}
    for name, many in pictures.items():
        told = {"description": f"in place of `{name}`: {_URL['description']}"}
        text: Schema = {"type": "string"}
        found[f"{name}_url"] = {
            **({"type": "array", "items": text, "example": []} if many else {**text, "example": ""}),
            **told,
        }
    return found


def _body(pictures: dict[str, bool], picture: Schema, fields: Schema, needed: Sequence[str]) -> Schema:
    properties = {
        name: {"type": "array", "items": picture} if many else picture for name, many in pictures.items()
    }
    return {"type": "object", "properties": properties | fields, "required": list(needed)}
