"""Uploaded pictures: multipart files, or JSON with base64, within the byte limit."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from web.problems import InvalidRequestError, MalformedRequestError, TooLargeError

# base64 grows a file by 4/3; the rest is room for the other fields and the multipart framing.
_BODY_OVERHEAD = 64 * 1024
_BASE64_GROWTH = 4 / 3


@dataclass(frozen=True)
class Upload:
    """A picture's bytes with the name the client gave it, for messages only: formats are told by content."""

    data: bytes
    name: str = ""


@dataclass(frozen=True)
class Form:
    """A request's pictures and options, whichever way they were sent.

    `images` are the pictures by field name, in order; `fields` the options: text from multipart, typed from JSON.
    """

    images: dict[str, list[Upload]] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)

    def one(self, name: str) -> bytes:
        """The one picture of a field. Raises InvalidRequestError when there is none, or more than one."""
        found = self.images.get(name, [])
        if len(found) != 1:
            raise InvalidRequestError(
                f"send one picture as {name!r} (multipart file or JSON base64), not {len(found)}"
            )
        return found[0].data


async def read_form(request: Request, *, max_bytes: int, max_files: int = 2) -> Form:
    """Read pictures and options from a multipart or JSON body.

    A picture in JSON is `{"base64": "..."}` (with or without a `data:` prefix) under its field name. Raises
    MalformedRequestError (400), TooLargeError (413) over `max_bytes` per picture, or over what `max_files` of them take.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        _check_length(request, max_files * max_bytes + _BODY_OVERHEAD)
        return await _read_multipart(request, max_bytes, max_files)
    if kind == "application/json":
        limit = int(max_files * max_bytes * _BASE64_GROWTH) + _BODY_OVERHEAD
        return _read_json(await read_body(request, limit), max_bytes)
    if kind.startswith("image/") or kind == "application/octet-stream":
        return Form(images={"image": [Upload(await read_body(request, max_bytes))]})
    raise MalformedRequestError(
        "send multipart/form-data with a file (curl -F image=@photo.jpg), "
        'or application/json with {"image": {"base64": "..."}}'
    )


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The whole body. Raises TooLargeError as soon as it is known to be larger than `max_bytes`."""
    _check_length(request, max_bytes)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(max_bytes)
        chunks.append(chunk)
    return b"".join(chunks)


async def _read_multipart(request: Request, max_bytes: int, max_files: int) -> Form:
    try:
        parts = await request.form(max_files=max_files, max_fields=50, max_part_size=_BODY_OVERHEAD)
    except (MultiPartException, HTTPException) as error:
        reason = getattr(error, "detail", None) or getattr(error, "message", str(error))
        raise MalformedRequestError(f"the multipart body cannot be read: {reason}") from error
    images: dict[str, list[Upload]] = {}
    fields: dict[str, Any] = {}
    try:
        for name, part in parts.multi_items():
            if isinstance(part, UploadFile):
                if (part.size or 0) > max_bytes:
                    raise _too_large(max_bytes)
                images.setdefault(name, []).append(Upload(await part.read(), part.filename or ""))
            else:
                fields[name] = part
    finally:
        await parts.close()
    return Form(images, fields)


def _read_json(body: bytes, max_bytes: int) -> Form:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedRequestError("the body is not valid JSON") from error
    if not isinstance(content, dict):
        raise MalformedRequestError("the body must be a JSON object")
    images: dict[str, list[Upload]] = {}
    fields: dict[str, Any] = {}
    for name, value in content.items():
        pictures = value if isinstance(value, list) else [value]
        if pictures and all(isinstance(entry, Mapping) and "base64" in entry for entry in pictures):
            images[name] = [_from_base64(name, entry, max_bytes) for entry in pictures]
        else:
            fields[name] = value
    return Form(images, fields)


def _from_base64(name: str, entry: Mapping[str, Any], max_bytes: int) -> Upload:
    text = entry["base64"]
    if not isinstance(text, str):
        raise MalformedRequestError(f"{name}.base64 must be a string")
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedRequestError(f"{name}.base64 is not base64") from error
    if len(data) > max_bytes:
        raise _too_large(max_bytes)
    return Upload(data, str(entry.get("name", "")))


def _check_length(request: Request, max_bytes: int) -> None:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > max_bytes:
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> TooLargeError:
    if max_bytes < 2**20:  # no picture is held to so little
        return TooLargeError(f"the body is over the limit of {max_bytes // 1024} KiB")
    return TooLargeError(f"the upload is over the limit of {max_bytes / 2**20:g} MiB; scale the picture down")
