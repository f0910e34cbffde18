"""The addresses of what has an id; an id that would lead to another address is refused before anything is sent."""

import re
import uuid

from contracts.patterns import IDENTIFIER
from hexaface.client.errors import InvalidArgumentError


def collection_path(collection: str, *rest: str) -> str:
    """`/v1/collections/{collection}/...`."""
    return "/".join(["/v1/collections", identifier(collection), *rest])


def subject_path(collection: str, subject: str, *rest: str) -> str:
    """`/v1/collections/{collection}/subjects/{subject}/...`."""
    return collection_path(collection, "subjects", identifier(subject), *rest)


def face_path(collection: str, subject: str, face: str) -> str:
    """`/v1/collections/{collection}/subjects/{subject}/faces/{face}`."""
    try:
        return subject_path(collection, subject, "faces", str(uuid.UUID(face)))
    except ValueError as error:
        raise InvalidArgumentError(f"{face!r} is not the id of a face: those are UUIDs") from error


def identifier(text: str) -> str:
    """An id as it may stand in a path. Raises InvalidArgumentError for what the server would refuse.

    `..` is the reason: a subject of that name would, once the address is normalised, be the collection.
    """
    if re.fullmatch(IDENTIFIER, text) is None or text.endswith("\n"):  # `$` allows a line's end
        raise InvalidArgumentError(
            f"{text!r} is no id: 1 to 128 letters, digits, '.', '_', '@' and '-', the first a letter or a digit"
        )
    return text
