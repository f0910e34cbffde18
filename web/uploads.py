"""Uploaded pictures with their options: multipart files, JSON with base64, or a picture as the body itself."""

import asyncio
import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import Request
from pydantic import ValidationError

from contracts.message import JSON, Message
from contracts.problems import FieldError
from web.bodies import MAX_BODY_BYTES, MIB, media_type, parse_json, read_body, too_large
from web.fields import gather
from web.multipart import Part, read_parts
from web.problems import InvalidRequestError, MalformedRequestError, ProblemError, misfit

M = TypeVar("M", bound=Message)

# base64 grows a file by 4/3; the rest is room for the other fields.
_JSON_OVERHEAD = 64 * 1024
_BASE64_GROWTH = 4 / 3


@dataclass(frozen=True)
class Upload:
    """A picture's bytes with the name the client gave it, for messages only: formats are told by content."""

    data: bytes
    name: str = ""
    url: str = ""
    """Where the picture is, when it was not sent itself."""
    failure: ProblemError | None = None
    """Why it could not be fetched."""

    def content(self) -> bytes:
        """The picture's bytes. Raises ProblemError for one that could not be fetched."""
        if self.failure is not None:
            raise self.failure
        return self.data


@dataclass(frozen=True)
class Form:
    """A request's pictures and options, whichever way they were sent.

    `images` are the pictures by field name, in order; `fields` the options: text from multipart, typed from JSON.
    """

    images: dict[str, list[Upload]] = field(default_factory=dict)
    fields: list[tuple[str, Any]] = field(default_factory=list)

    def one(self, name: str) -> bytes:
        """The one picture of a field. Raises InvalidRequestError when there is none, or more than one."""
        found = self.images.get(name, [])
        if len(found) != 1:
            raise InvalidRequestError(
                f"send one picture as {name!r} (multipart file or JSON base64), not {len(found)}"
            )
        return found[0].content()

    def options(self, request: Request, kind: type[M]) -> M:
        """The options, from the query as well. Raises MalformedRequestError, InvalidRequestError."""
        try:
            return kind.model_validate(gather(kind, request.query_params.multi_items(), self.fields))
        except ValidationError as error:
            raise misfit(error) from error


async def read_form(
    request: Request,
    *,
    max_bytes: int,
    max_files: int = 1,
    pictures: Collection[str] = ("image",),
    by_url: bool = False,
) -> Form:
    """Read pictures, in the fields of these names, and options.

    A picture in JSON is base64 text (with or without a `data:` prefix), or `{"base64": "..."}`, or a list of such. With
    `by_url` it may also be `{"url": "..."}`, or the text field `image_url` of a form; the caller fetches it.
    Raises MalformedRequestError (400), TooLargeError (413) over `max_bytes` per picture, or over what `max_files` of
    them take, InvalidRequestError (422) for a file that is none of the pictures.
    """
    form = await _read(request, max_bytes, max_files, pictures)
    for name, uploads in form.images.items():
        if not by_url and any(upload.url for upload in uploads):
            raise _refused(name, "is not fetched by URL here: send the picture itself")
    return form


async def _read(request: Request, max_bytes: int, max_files: int, pictures: Collection[str]) -> Form:
    kind = media_type(request)
    if kind == "multipart/form-data":
        parts = await read_parts(
            request, max_bytes=max_bytes, max_files=max_files, admit=lambda part: _admit(part, pictures)
        )
        return _from_parts(parts, max_files, pictures)
    if kind == JSON:
        limit = min(int(max_files * max_bytes * _BASE64_GROWTH) + _JSON_OVERHEAD, MAX_BODY_BYTES)
        body = await read_body(request, limit)
        if len(body) < MIB:
            return _from_json(body, max_bytes, max_files, pictures)
        return await asyncio.to_thread(_from_json, body, max_bytes, max_files, pictures)
    if kind.startswith("image/") or kind == "application/octet-stream":
        return Form(images={"image": [Upload(await read_body(request, max_bytes))]})
    raise MalformedRequestError(
        "send multipart/form-data with a file (curl -F image=@photo.jpg), "
        'or application/json with {"image": {"base64": "..."}}'
    )


def _admit(part: Part, pictures: Collection[str]) -> None:
    if part.filename is None and part.name in pictures:
        raise _refused(part.name, f"is a picture: send it as a file (curl -F {part.name}=@photo.jpg)")
    if part.filename is not None and part.name not in pictures:
        names = " or ".join(repr(name) for name in pictures)
        raise _refused(part.name, f"takes no file; a picture goes into {names}")


def _from_parts(parts: list[Part], max_files: int, pictures: Collection[str]) -> Form:
    form, linked = Form(), {f"{name}_url": name for name in pictures}
    for part in parts:
        if part.filename is not None:
            form.images.setdefault(part.name, []).append(Upload(bytes(part.content), part.filename))
        elif not part.content:
            continue  # a form's input that nobody touched says nothing, and defaults hold
        elif part.name in linked:
            url = part.content.decode(errors="replace")
            form.images.setdefault(linked[part.name], []).append(Upload(b"", url=url))
        else:
            form.fields.append((part.name, part.content.decode(errors="replace")))
    return _counted(form, max_files)


def _from_json(body: bytes, max_bytes: int, max_files: int, pictures: Collection[str]) -> Form:
    content = parse_json(body)
    if not isinstance(content, dict):
        raise MalformedRequestError("the body must be a JSON object")
    form = Form(fields=[(name, value) for name, value in content.items() if name not in pictures])
    for name in pictures:
        if name in content:
            entries = content[name] if isinstance(content[name], list) else [content[name]]
            form.images[name] = [_picture(name, entry, max_bytes) for entry in entries]
    return _counted(form, max_files)


def _counted(form: Form, max_files: int) -> Form:
    if sum(map(len, form.images.values())) > max_files:
        raise MalformedRequestError(f"too many pictures; send at most {max_files}")
    return form


def _picture(name: str, entry: Any, max_bytes: int) -> Upload:
    if isinstance(entry, Mapping) and isinstance(entry.get("url"), str) and entry.keys() == {"url"}:
        return Upload(b"", url=entry["url"])
    given = {"base64": entry} if isinstance(entry, str) else entry
    if not isinstance(given, Mapping) or not isinstance(given.get("base64"), str):
        raise MalformedRequestError(f'{name} must be base64 text, or {{"base64": "..."}}')
    unknown = sorted(given.keys() - {"base64", "name"})
    if unknown:
        raise _refused(f"{name}.{unknown[0]}", "is not known; a picture has base64 and name")
    text = given["base64"]
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedRequestError(f"{name}.base64 is not base64") from error
    if len(data) > max_bytes:
        raise too_large(max_bytes)
    return Upload(data, str(given.get("name", "")))


def _refused(name: str, reason: str) -> ProblemError:
    return InvalidRequestError(f"{name} {reason}", errors=[FieldError(field=name, reason=reason)])
