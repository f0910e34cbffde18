"""Text and JSON objects that PostgreSQL can store: what callers may give as names and metadata."""

import json
import math
from typing import Annotated, Any

from pydantic import AfterValidator, JsonValue

MAX_METADATA = 16 * 1024
"""Bytes of JSON that the metadata of a subject may take."""

# What is read must be written again, in pages that nest it deeper; pydantic writes 255 levels.
_MOST_NESTED = 64


def json_size(value: JsonValue) -> int:
    """The bytes of a value as compact JSON."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _storable(text: str) -> str:
    """PostgreSQL stores every character but NUL; a lone surrogate is no character at all."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not contain NUL or lone surrogates")
    return text


def _storable_json(value: Any, depth: int = 0) -> Any:
    """JSON as PostgreSQL stores it: no NUL in any string, no number that is not finite; and no deeper than any use has."""
    if depth > _MOST_NESTED:
        raise ValueError(f"must not be nested deeper than {_MOST_NESTED} levels")
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must not contain NaN or infinite numbers")
    if isinstance(value, dict):
        for name, member in value.items():
            _storable(name)
            _storable_json(member, depth + 1)
    elif isinstance(value, list):
        for member in value:
            _storable_json(member, depth + 1)
    return value


Text = Annotated[str, AfterValidator(_storable)]
Metadata = Annotated[dict[str, JsonValue], AfterValidator(_storable_json)]
