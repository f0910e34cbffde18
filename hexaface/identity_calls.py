"""The identity calls of the public API as values: verification, collections, enrolment, identification, erasure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from contracts.identity import (
    Collection,
    CollectionPage,
    EnrolledFace,
    FacePage,
    IdentifyAnswer,
    Subject,
    SubjectPage,
    VerifyAnswer,
)
from contracts.message import Message
from hexaface.calls import Call, Picture


class Nothing(Message):
    """The empty answer of an erasure."""


def verify(image_a: Picture, image_b: Picture, **options: Any) -> Call[VerifyAnswer]:
    """Compare two faces. Options: metric, false_match_rate, threshold, face."""
    return Call("POST", "/v1/verify", VerifyAnswer, [("image_a", image_a), ("image_b", image_b)], options)


def create_collection(collection: str, *, description: str = "") -> Call[Collection]:
    """Create a collection."""
    body = {"id": collection, "description": description}
    return Call("POST", "/v1/collections", Collection, body=body)


def collections(*, after: str = "", limit: int = 50) -> Call[CollectionPage]:
    """A page of collections by id."""
    return Call("GET", "/v1/collections", CollectionPage, options={"after": after, "limit": limit})


def delete_collection(collection: str) -> Call[Nothing]:
    """Delete a collection with everything in it."""
    return Call("DELETE", _path(collection), Nothing, accepted=(204,))


def create_subject(
    collection: str, subject: str, *, name: str | None = None, metadata: Mapping[str, Any] | None = None
) -> Call[Subject]:
    """Create a subject."""
    body = {"id": subject, "name": name, "metadata": metadata}
    return Call("POST", _path(collection, "subjects"), Subject, body=body)


def subjects(collection: str, *, after: str = "", limit: int = 50) -> Call[SubjectPage]:
    """A page of subjects by id."""
    options = {"after": after, "limit": limit}
    return Call("GET", _path(collection, "subjects"), SubjectPage, options=options)


def erase_subject(collection: str, subject: str) -> Call[Nothing]:
    """Erase a subject with all its embeddings."""
    return Call("DELETE", _path(collection, "subjects", subject), Nothing, accepted=(204,))


def enrol(collection: str, subject: str, image: Picture, **options: Any) -> Call[EnrolledFace]:
    """Enrol a face. Options: face, on_low_quality."""
    path = _path(collection, "subjects", subject, "faces")
    return Call("POST", path, EnrolledFace, [("image", image)], options)


def faces(collection: str, subject: str, *, limit: int = 50) -> Call[FacePage]:
    """The enrolled faces of a subject, oldest first."""
    return Call("GET", _path(collection, "subjects", subject, "faces"), FacePage, options={"limit": limit})


def erase_face(collection: str, subject: str, face: str) -> Call[Nothing]:
    """Erase one face of a subject."""
    return Call("DELETE", _path(collection, "subjects", subject, "faces", face), Nothing, accepted=(204,))


def identify(collection: str, image: Picture, **options: Any) -> Call[IdentifyAnswer]:
    """Find out who is on a picture. Options: top_k, false_positive_rate, threshold."""
    return Call("POST", _path(collection, "identify"), IdentifyAnswer, [("image", image)], options)


def _path(*parts: str) -> str:
    return "/v1/collections/" + "/".join(quote(part, safe="") for part in parts)
