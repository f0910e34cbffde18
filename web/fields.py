"""Options as people send them (query, form, JSON) -> the fields of a message: nothing dropped, nothing chosen."""

from collections import Counter
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from contracts.message import Message
from contracts.problems import FieldError
from web.problems import MalformedRequestError

Pairs = Iterable[tuple[str, Any]]


def gather(kind: type[Message], query: Pairs, body: Pairs) -> dict[str, Any]:
    """The fields of a message of `kind`, each from where it was sent.

    A field that is a list may be repeated and may hold several values separated by commas. Raises
    MalformedRequestError for one that is not and comes twice, or that comes both in the query and in the body.
    """
    asked, sent = list(query), list(body)
    both = {name for name, _ in asked} & {name for name, _ in sent}
    if both:
        raise _twice(min(both), "is sent both in the query and in the body; send it once")
    lists = {name for name, field in kind.model_fields.items() if _is_list(field.annotation)}
    pairs = [*asked, *sent]
    for name, count in Counter(name for name, _ in pairs).items():
        if count > 1 and name not in lists:
            raise _twice(name, f"is sent {count} times; it takes one value")
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in lists and not isinstance(value, Mapping) and value is not None:
            fields.setdefault(name, []).extend(_values(value))
        else:
            fields[name] = value
    return fields


def _values(value: Any) -> list[Any]:
    """`a,b` -> [a, b]; the same within a list; an empty text is no value at all."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")] if value.strip() else []
    if isinstance(value, list):
        return [entry for item in value for entry in (_values(item) if isinstance(item, str) else [item])]
    return [value]


def _is_list(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return any(_is_list(choice) for choice in get_args(annotation))
    return annotation in (list, tuple) or origin in (list, tuple)


def _twice(name: str, reason: str) -> MalformedRequestError:
    return MalformedRequestError(f"{name} {reason}", errors=[FieldError(field=name, reason=reason)])
