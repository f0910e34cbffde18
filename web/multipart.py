"""Multipart bodies parsed as they come in, in memory, with a limit for every size and number."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from web.bodies import MAX_BODY_BYTES, check_length, too_large
from web.problems import MalformedRequestError, ProblemError, TooLargeError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks  # the package has it for type checkers only

# A resting face as JSON is 2 KiB, an embedding 6.
_MAX_TEXT_BYTES = 64 * 1024
_MAX_TEXTS_BYTES = 256 * 1024
_MAX_TEXTS = 1000
_FRAMING_BYTES = 64 * 1024


@dataclass
class Part:
    """One part: a file when it carries a file name, else text."""

    name: str = ""
    filename: str | None = None
    content: bytearray = field(default_factory=bytearray)


async def read_parts(
    request: Request, *, max_bytes: int, max_files: int, admit: Callable[[Part], None]
) -> list[Part]:
    """The parts of a multipart body.

    `admit` may refuse a part, by an exception, before its content is read. Raises MalformedRequestError, and
    TooLargeError for a file over `max_bytes`, more than `max_files` of them, or a body of more than those take.
    """
    _, parameters = parse_options_header(request.headers["content-type"])
    boundary = parameters.get(b"boundary")
    if not boundary:
        raise MalformedRequestError(
            "the multipart body has no boundary; let your HTTP library set Content-Type"
        )
    limit = min(max_files * max_bytes + _MAX_TEXTS_BYTES + _FRAMING_BYTES, MAX_BODY_BYTES)
    check_length(request, limit)
    reader = _Reader(max_bytes, max_files, admit)
    try:
        parser = MultipartParser(boundary, reader.callbacks())
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise too_large(limit)
            parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise MalformedRequestError(f"the multipart body cannot be read: {error}") from error
    if not reader.ended:
        raise MalformedRequestError("the multipart body ends before its last boundary")
    return reader.parts


class _Reader:
    """What python-multipart's parser calls while it reads."""

    def __init__(self, max_bytes: int, max_files: int, admit: Callable[[Part], None]) -> None:
        self.parts: list[Part] = []
        self.ended = False
        self._max_bytes = max_bytes
        self._files_left = max_files
        self._max_files = max_files
        self._texts_left = _MAX_TEXTS
        self._text_bytes_left = _MAX_TEXTS_BYTES
        self._admit = admit
        self._part = Part()
        self._header = bytearray()
        self._value = bytearray()
        self._disposition = b""

    def callbacks(self) -> "MultipartCallbacks":
        """The parser's callbacks by their names."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._describe,
            "on_part_data": self._take,
            "on_part_end": lambda: self.parts.append(self._part),
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._part, self._disposition = Part(), b""

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _describe(self) -> None:
        """The headers of a part are there: what is it, and may it come?"""
        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise MalformedRequestError("a part of the multipart body has no name")
        self._part.name = _text(options[b"name"])
        if b"filename" in options:
            self._part.filename = _text(options[b"filename"])
            self._files_left -= 1
            if self._files_left < 0:
                raise MalformedRequestError(f"too many files; send at most {self._max_files}")
        else:
            self._texts_left -= 1
            if self._texts_left < 0:
                raise MalformedRequestError(f"too many fields; send at most {_MAX_TEXTS}")
        self._admit(self._part)

    def _take(self, data: bytes, start: int, end: int) -> None:
        size = len(self._part.content) + end - start
        if self._part.filename is not None:
            if size > self._max_bytes:
                raise too_large(self._max_bytes)
        else:
            self._text_bytes_left -= end - start
            if size > _MAX_TEXT_BYTES or self._text_bytes_left < 0:
                raise _too_much_text(self._part.name)
        self._part.content += memoryview(data)[start:end]

    def _end(self) -> None:
        self.ended = True


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _too_much_text(name: str) -> ProblemError:
    return TooLargeError(f"the field {name!r} is over the limit of {_MAX_TEXT_BYTES // 1024} KiB of text")
