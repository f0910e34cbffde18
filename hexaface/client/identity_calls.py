"""The calls about identity: collections, enrolment, erasure, keys."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import Field

from contracts.collections import SubjectFilter
from contracts.identity import (
    Collection,
    CollectionPage,
    EnrolAnswer,
    EnrolledFace,
    FacePage,
    NewCollection,
    NewMerge,
    NewSubject,
    Subject,
    SubjectChange,
    SubjectExport,
    SubjectPage,
)
from contracts.keys import CreatedKey, KeyPage, NewKey, Scope
from contracts.message import Message
from contracts.moves import Move, NewMove
from contracts.options import BulkEnrolOptions, EnrolOptions
from contracts.patterns import IDEMPOTENCY_KEY
from hexaface.client.call import Call, Picture, nothing
from hexaface.client.paths import collection_path, face_path, identifier, subject_path
from hexaface.client.stating import checked, spread

M = TypeVar("M", bound=Message)

_IdempotencyKey = Annotated[
    str | None,
    Field(
        pattern=IDEMPOTENCY_KEY,
        description="the same key and request: enrolled once, however often it is sent; travels as a header",
    ),
]


class EnrolArguments(EnrolOptions):
    """The options of an enrolment, and its header."""

    idempotency_key: _IdempotencyKey = None


class BulkEnrolArguments(EnrolArguments):
    """The options of many enrolments but their subjects, and the header."""

    create_subjects: bool = Field(default=True, description="create subjects that do not exist")


def create_collection(
    collection: str, *, description: str = "", keep_chips: bool = False
) -> Call[Collection]:
    """Create a collection, pinned to the embedder that is loaded; with its faces' chips it can move to another one."""
    body = checked(NewCollection, id=collection, description=description, keep_chips=keep_chips)
    return Call("POST", "/v1/collections", Collection.from_json, body=body)


def collections(*, after: str = "", limit: int = 50) -> Call[CollectionPage]:
    """A page of collections by id; its `next` goes into `after`."""
    return Call("GET", "/v1/collections", CollectionPage.from_json, query=_page(after, limit))


def collection(collection: str) -> Call[Collection]:
    """One collection with its size."""
    return Call("GET", collection_path(collection), Collection.from_json)


def move_collection(collection: str, *, to: str | None = None) -> Call[Move]:
    """Begin to move a collection to another embedder: the default one, or the one whose model's digest begins so."""
    return Call("POST", collection_path(collection, "move"), Move.from_json, body=checked(NewMove, to=to))


def move(collection: str) -> Call[Move]:
    """How far a collection's move is."""
    return Call("GET", collection_path(collection, "move"), Move.from_json)


def turn_back(collection: str) -> Call[Move]:
    """Let the model answer again that a moved collection came from; and the other way round."""
    return Call("POST", collection_path(collection, "move", "back"), Move.from_json)


def end_move(collection: str) -> Call[None]:
    """Give up a move, or end one that is done: the embeddings of the model that does not answer are removed."""
    return Call("DELETE", collection_path(collection, "move"), nothing)


def delete_collection(collection: str) -> Call[None]:
    """Delete a collection with everything in it."""
    return Call("DELETE", collection_path(collection), nothing)


def create_subject(
    collection: str, subject: str, *, name: str | None = None, metadata: Mapping[str, Any] | None = None
) -> Call[Subject]:
    """Create a subject: a person of a collection, by an id of your own."""
    body = checked(NewSubject, id=subject, name=name, metadata=dict(metadata or {}))
    return Call("POST", collection_path(collection, "subjects"), Subject.from_json, body=body)


def subjects(
    collection: str,
    *,
    after: str = "",
    limit: int = 50,
    prefix: str = "",
    name: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> Call[SubjectPage]:
    """A page of subjects by id, of all or of those that match; its `next` goes into `after`."""
    only = checked(SubjectFilter, prefix=prefix, name=name, metadata=dict(metadata or {}))
    query = {
        "prefix": only.prefix or None,
        "name": only.name or None,
        "metadata": json.dumps(only.metadata) if only.metadata else None,
    }
    path = collection_path(collection, "subjects")
    return Call("GET", path, SubjectPage.from_json, query=_page(after, limit) | query)


def subject(collection: str, subject: str) -> Call[Subject]:
    """One subject."""
    return Call("GET", subject_path(collection, subject), Subject.from_json)


@spread(SubjectChange)
def change_subject(collection: str, subject: str, change: SubjectChange) -> Call[Subject]:
    """Change a subject's id, name or metadata (as a whole); what is not named stays, None takes it away."""
    return Call("PATCH", subject_path(collection, subject), Subject.from_json, body=change)


def merge_subjects(collection: str, subject: str, duplicate: str) -> Call[Subject]:
    """Make two subjects one: `subject` gets the faces of `duplicate`, and what it lacks of name and metadata."""
    body = checked(NewMerge, duplicate=duplicate)
    return Call("POST", subject_path(collection, subject, "merge"), Subject.from_json, body=body)


def erase_subject(collection: str, subject: str) -> Call[None]:
    """Erase a subject with all its embeddings."""
    return Call("DELETE", subject_path(collection, subject), nothing)


def export_subject(collection: str, subject: str) -> Call[SubjectExport]:
    """Everything that is stored of a subject."""
    return Call("GET", subject_path(collection, subject, "export"), SubjectExport.from_json)


@spread(EnrolArguments)
def enrol(collection: str, subject: str, image: Picture, options: EnrolArguments) -> Call[EnrolledFace]:
    """Enrol a face of a subject."""
    path = subject_path(collection, subject, "faces")
    return Call(
        "POST",
        path,
        EnrolledFace.from_json,
        [("image", image)],
        _rest(options, EnrolOptions),
        headers=_header(options),
    )


@spread(BulkEnrolArguments)
def enrol_many(
    collection: str, images: Sequence[Picture], subjects: Sequence[str], options: BulkEnrolArguments
) -> Call[EnrolAnswer]:
    """Enrol many pictures at once, with a result for each; one subject for each, or one for all."""
    return Call(
        "POST",
        collection_path(collection, "faces"),
        EnrolAnswer.from_json,
        [("image", image) for image in images],
        _rest(options, BulkEnrolOptions, subjects=list(subjects)),
        headers=_header(options),
    )


def faces(collection: str, subject: str, *, after: str | None = None, limit: int = 50) -> Call[FacePage]:
    """A page of the enrolled faces of a subject, oldest first."""
    path = subject_path(collection, subject, "faces")
    return Call("GET", path, FacePage.from_json, query=_page(after, limit))


def erase_face(collection: str, subject: str, face: str) -> Call[None]:
    """Erase one face of a subject."""
    return Call("DELETE", face_path(collection, subject, face), nothing)


def create_key(
    name: str,
    scopes: Sequence[Scope],
    *,
    tenant: str | None = None,
    rate_limit: str | None = None,
    without_admin: bool = False,
) -> Call[CreatedKey]:
    """Create an API key; its secret is in the answer and nowhere else. A first key needs `admin`, or `without_admin`."""
    body = checked(
        NewKey,
        name=name,
        scopes=list(scopes),
        tenant=tenant,
        rate_limit=rate_limit,
        without_admin=without_admin,
    )
    return Call("POST", "/v1/keys", CreatedKey.from_json, body=body)


def keys(*, after: str = "", limit: int = 200) -> Call[KeyPage]:
    """A page of keys by id, revoked ones included."""
    return Call("GET", "/v1/keys", KeyPage.from_json, query=_page(after, limit))


def revoke_key(key_id: str) -> Call[None]:
    """Revoke a key for good."""
    return Call("DELETE", f"/v1/keys/{identifier(key_id)}", nothing)


def _page(after: str | None, limit: int) -> dict[str, str | int | None]:
    return {"after": after, "limit": limit}


def _rest(options: EnrolArguments, kind: type[M], **more: Any) -> M:
    """What goes into the form: the options that were set, without the header."""
    return checked(
        kind.model_validate, options.model_dump(exclude={"idempotency_key"}, exclude_unset=True) | more
    )


def _header(options: EnrolArguments) -> dict[str, str]:
    return {"Idempotency-Key": options.idempotency_key} if options.idempotency_key else {}
