"""The identity calls of the public API as values: verification, collections, enrolment, identification, erasure."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack
from urllib.parse import quote

from contracts.detection import Mode
from contracts.identity import (
    Collection,
    CollectionPage,
    EnrolAnswer,
    EnrolledFace,
    FaceChoice,
    FacePage,
    IdentifyAnswer,
    LowQuality,
    Metric,
    Subject,
    SubjectExport,
    SubjectPage,
    VerifyAnswer,
)
from contracts.keys import CreatedKey, KeyPage, Scope
from contracts.message import Message
from hexaface.client.calls import Call, Picture


class Nothing(Message):
    """The empty answer of an erasure."""


class DetectionOptions(TypedDict, total=False):
    """How faces are found."""

    min_score: float | None
    min_size: float | None
    max_faces: int | None
    mode: Mode | None


class VerifyOptions(DetectionOptions, total=False):
    """How two faces are compared: at a calibrated false match rate, or at a threshold of your own."""

    metric: Metric
    false_match_rate: float | None
    threshold: float | None
    face: FaceChoice


class EnrolOptions(DetectionOptions, total=False):
    """Which face of a picture is enrolled, and what becomes of a poor one."""

    face: FaceChoice
    on_low_quality: LowQuality


class BulkEnrolOptions(EnrolOptions, total=False):
    """The same for many pictures; without `create_subjects` unknown subjects fail."""

    create_subjects: bool


class IdentifyOptions(DetectionOptions, total=False):
    """How many subjects per face, and how many strangers may match anybody."""

    top_k: int | None
    false_positive_rate: float | None
    threshold: float | None


class SubjectChanges(TypedDict, total=False):
    """What to change of a subject; metadata is replaced as a whole."""

    name: str
    metadata: Mapping[str, Any]


def verify(image_a: Picture, image_b: Picture, **options: Unpack[VerifyOptions]) -> Call[VerifyAnswer]:
    """Compare two faces."""
    return Call("POST", "/v1/verify", VerifyAnswer, [("image_a", image_a), ("image_b", image_b)], options)


def create_collection(collection: str, *, description: str = "") -> Call[Collection]:
    """Create a collection."""
    body = {"id": collection, "description": description}
    return Call("POST", "/v1/collections", Collection, body=body)


def collections(*, after: str = "", limit: int = 50) -> Call[CollectionPage]:
    """A page of collections by id."""
    return Call("GET", "/v1/collections", CollectionPage, options={"after": after, "limit": limit})


def collection(collection: str) -> Call[Collection]:
    """One collection with its size."""
    return Call("GET", _path(collection), Collection)


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


def subject(collection: str, subject: str) -> Call[Subject]:
    """One subject."""
    return Call("GET", _path(collection, "subjects", subject), Subject)


def change_subject(collection: str, subject: str, **changes: Unpack[SubjectChanges]) -> Call[Subject]:
    """Change a subject's name or metadata; what is not named stays."""
    return Call("PATCH", _path(collection, "subjects", subject), Subject, body=changes)


def erase_subject(collection: str, subject: str) -> Call[Nothing]:
    """Erase a subject with all its embeddings."""
    return Call("DELETE", _path(collection, "subjects", subject), Nothing, accepted=(204,))


def export_subject(collection: str, subject: str) -> Call[SubjectExport]:
    """Everything that is stored of a subject."""
    return Call("GET", _path(collection, "subjects", subject, "export"), SubjectExport)


def enrol(
    collection: str,
    subject: str,
    image: Picture,
    *,
    idempotency_key: str | None = None,
    **options: Unpack[EnrolOptions],
) -> Call[EnrolledFace]:
    """Enrol a face; with an idempotency key, once however often it is sent."""
    path = _path(collection, "subjects", subject, "faces")
    return Call("POST", path, EnrolledFace, [("image", image)], options, headers=_idempotent(idempotency_key))


def enrol_many(
    collection: str,
    images: Sequence[Picture],
    subjects: Sequence[str],
    *,
    idempotency_key: str | None = None,
    **options: Unpack[BulkEnrolOptions],
) -> Call[EnrolAnswer]:
    """Enrol many pictures at once, with a result for each; one subject for each, or one for all."""
    pictures = [("image", image) for image in images]
    given = {"subjects": list(subjects), **options}
    return Call(
        "POST", _path(collection, "faces"), EnrolAnswer, pictures, given, headers=_idempotent(idempotency_key)
    )


def faces(collection: str, subject: str, *, after: str | None = None, limit: int = 50) -> Call[FacePage]:
    """A page of the enrolled faces of a subject, oldest first."""
    options = {"after": after, "limit": limit}
    return Call("GET", _path(collection, "subjects", subject, "faces"), FacePage, options=options)


def erase_face(collection: str, subject: str, face: str) -> Call[Nothing]:
    """Erase one face of a subject."""
    return Call("DELETE", _path(collection, "subjects", subject, "faces", face), Nothing, accepted=(204,))


def identify(collection: str, image: Picture, **options: Unpack[IdentifyOptions]) -> Call[IdentifyAnswer]:
    """Find out who is on a picture."""
    return Call("POST", _path(collection, "identify"), IdentifyAnswer, [("image", image)], options)


def create_key(
    name: str, scopes: Sequence[Scope], *, tenant: str | None = None, rate_limit: str | None = None
) -> Call[CreatedKey]:
    """Create an API key; its secret is in the answer and nowhere else."""
    body = {"name": name, "scopes": list(scopes), "tenant": tenant, "rate_limit": rate_limit}
    return Call("POST", "/v1/keys", CreatedKey, body=body)


def keys(*, after: str = "", limit: int = 200) -> Call[KeyPage]:
    """A page of keys by id."""
    return Call("GET", "/v1/keys", KeyPage, options={"after": after, "limit": limit})


def revoke_key(key_id: str) -> Call[Nothing]:
    """Revoke a key for good."""
    return Call("DELETE", f"/v1/keys/{quote(key_id, safe='')}", Nothing, accepted=(204,))


def _idempotent(key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": key} if key else {}


def _path(*parts: str) -> str:
    return "/v1/collections/" + "/".join(quote(part, safe="") for part in parts)
