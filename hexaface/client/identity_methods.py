"""The identity methods of the Python clients: verification, collections, enrolment, identification, erasure, keys."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, Unpack

from contracts.identity import (
    Collection,
    CollectionPage,
    EnrolAnswer,
    EnrolledFace,
    FacePage,
    IdentifyAnswer,
    Subject,
    SubjectExport,
    SubjectPage,
    VerifyAnswer,
)
from contracts.keys import CreatedKey, KeyPage, Scope
from contracts.message import Message
from hexaface.client import identity_calls
from hexaface.client.calls import Call, Picture
from hexaface.client.identity_calls import (
    BulkEnrolOptions,
    EnrolOptions,
    IdentifyOptions,
    SubjectChanges,
    VerifyOptions,
)

A = TypeVar("A", bound=Message)


class IdentityMethods(ABC):
    """What `Client` offers about identity; docs/identity.md explains the options."""

    @abstractmethod
    def send(self, call: Call[A]) -> A:
        """Carry out a call."""

    def verify(self, image_a: Picture, image_b: Picture, **options: Unpack[VerifyOptions]) -> VerifyAnswer:
        """Compare the faces of two pictures."""
        return self.send(identity_calls.verify(image_a, image_b, **options))

    def create_collection(self, collection: str, *, description: str = "") -> Collection:
        """Create a collection, pinned to the embedder that is loaded."""
        return self.send(identity_calls.create_collection(collection, description=description))

    def collections(self, *, after: str = "", limit: int = 50) -> CollectionPage:
        """A page of collections by id; its `next` goes into `after`."""
        return self.send(identity_calls.collections(after=after, limit=limit))

    def collection(self, collection: str) -> Collection:
        """One collection with its size."""
        return self.send(identity_calls.collection(collection))

    def delete_collection(self, collection: str) -> None:
        """Delete a collection with everything in it."""
        self.send(identity_calls.delete_collection(collection))

    def create_subject(
        self,
        collection: str,
        subject: str,
        *,
        name: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Subject:
        """Create a subject: a person of a collection, by an id of your own."""
        return self.send(identity_calls.create_subject(collection, subject, name=name, metadata=metadata))

    def subjects(self, collection: str, *, after: str = "", limit: int = 50) -> SubjectPage:
        """A page of subjects by id; its `next` goes into `after`."""
        return self.send(identity_calls.subjects(collection, after=after, limit=limit))

    def subject(self, collection: str, subject: str) -> Subject:
        """One subject."""
        return self.send(identity_calls.subject(collection, subject))

    def change_subject(self, collection: str, subject: str, **changes: Unpack[SubjectChanges]) -> Subject:
        """Change a subject's name or metadata; what is not named stays."""
        return self.send(identity_calls.change_subject(collection, subject, **changes))

    def erase_subject(self, collection: str, subject: str) -> None:
        """Erase a subject with all its embeddings."""
        self.send(identity_calls.erase_subject(collection, subject))

    def export_subject(self, collection: str, subject: str) -> SubjectExport:
        """Everything that is stored of a subject."""
        return self.send(identity_calls.export_subject(collection, subject))

    def enrol(
        self,
        collection: str,
        subject: str,
        image: Picture,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[EnrolOptions],
    ) -> EnrolledFace:
        """Enrol a face of a subject; with an idempotency key, once however often it is sent."""
        return self.send(
            identity_calls.enrol(collection, subject, image, idempotency_key=idempotency_key, **options)
        )

    def enrol_many(
        self,
        collection: str,
        images: Sequence[Picture],
        subjects: Sequence[str],
        *,
        idempotency_key: str | None = None,
        **options: Unpack[BulkEnrolOptions],
    ) -> EnrolAnswer:
        """Enrol many pictures at once, with a result for each; one subject for each, or one for all."""
        return self.send(
            identity_calls.enrol_many(
                collection, images, subjects, idempotency_key=idempotency_key, **options
            )
        )

    def faces(self, collection: str, subject: str, *, after: str | None = None, limit: int = 50) -> FacePage:
        """A page of the enrolled faces of a subject, oldest first."""
        return self.send(identity_calls.faces(collection, subject, after=after, limit=limit))

    def erase_face(self, collection: str, subject: str, face: str) -> None:
        """Erase one face of a subject."""
        self.send(identity_calls.erase_face(collection, subject, face))

    def identify(self, collection: str, image: Picture, **options: Unpack[IdentifyOptions]) -> IdentifyAnswer:
        """Find out who is on a picture."""
        return self.send(identity_calls.identify(collection, image, **options))

    def create_key(
        self, name: str, scopes: Sequence[Scope], *, tenant: str | None = None, rate_limit: str | None = None
    ) -> CreatedKey:
        """Create an API key; its secret is in the answer and nowhere else."""
        return self.send(identity_calls.create_key(name, scopes, tenant=tenant, rate_limit=rate_limit))

    def keys(self, *, after: str = "", limit: int = 200) -> KeyPage:
        """A page of keys by id, revoked ones included."""
        return self.send(identity_calls.keys(after=after, limit=limit))

    def revoke_key(self, key_id: str) -> None:
        """Revoke a key for good."""
        self.send(identity_calls.revoke_key(key_id))


class AsyncIdentityMethods(ABC):
    """What `AsyncClient` offers about identity."""

    @abstractmethod
    async def send(self, call: Call[A]) -> A:
        """Carry out a call."""

    async def verify(
        self, image_a: Picture, image_b: Picture, **options: Unpack[VerifyOptions]
    ) -> VerifyAnswer:
        """Compare the faces of two pictures."""
        return await self.send(identity_calls.verify(image_a, image_b, **options))

    async def create_collection(self, collection: str, *, description: str = "") -> Collection:
        """Create a collection, pinned to the embedder that is loaded."""
        return await self.send(identity_calls.create_collection(collection, description=description))

    async def collections(self, *, after: str = "", limit: int = 50) -> CollectionPage:
        """A page of collections by id; its `next` goes into `after`."""
        return await self.send(identity_calls.collections(after=after, limit=limit))

    async def collection(self, collection: str) -> Collection:
        """One collection with its size."""
        return await self.send(identity_calls.collection(collection))

    async def delete_collection(self, collection: str) -> None:
        """Delete a collection with everything in it."""
        await self.send(identity_calls.delete_collection(collection))

    async def create_subject(
        self,
        collection: str,
        subject: str,
        *,
        name: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Subject:
        """Create a subject: a person of a collection, by an id of your own."""
        return await self.send(
            identity_calls.create_subject(collection, subject, name=name, metadata=metadata)
        )

    async def subjects(self, collection: str, *, after: str = "", limit: int = 50) -> SubjectPage:
        """A page of subjects by id; its `next` goes into `after`."""
        return await self.send(identity_calls.subjects(collection, after=after, limit=limit))

    async def subject(self, collection: str, subject: str) -> Subject:
        """One subject."""
        return await self.send(identity_calls.subject(collection, subject))

    async def change_subject(
        self, collection: str, subject: str, **changes: Unpack[SubjectChanges]
    ) -> Subject:
        """Change a subject's name or metadata; what is not named stays."""
        return await self.send(identity_calls.change_subject(collection, subject, **changes))

    async def erase_subject(self, collection: str, subject: str) -> None:
        """Erase a subject with all its embeddings."""
        await self.send(identity_calls.erase_subject(collection, subject))

    async def export_subject(self, collection: str, subject: str) -> SubjectExport:
        """Everything that is stored of a subject."""
        return await self.send(identity_calls.export_subject(collection, subject))

    async def enrol(
        self,
        collection: str,
        subject: str,
        image: Picture,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[EnrolOptions],
    ) -> EnrolledFace:
        """Enrol a face of a subject; with an idempotency key, once however often it is sent."""
        return await self.send(
            identity_calls.enrol(collection, subject, image, idempotency_key=idempotency_key, **options)
        )

    async def enrol_many(
        self,
        collection: str,
        images: Sequence[Picture],
        subjects: Sequence[str],
        *,
        idempotency_key: str | None = None,
        **options: Unpack[BulkEnrolOptions],
    ) -> EnrolAnswer:
        """Enrol many pictures at once, with a result for each; one subject for each, or one for all."""
        return await self.send(
            identity_calls.enrol_many(
                collection, images, subjects, idempotency_key=idempotency_key, **options
            )
        )

    async def faces(
        self, collection: str, subject: str, *, after: str | None = None, limit: int = 50
    ) -> FacePage:
        """A page of the enrolled faces of a subject, oldest first."""
        return await self.send(identity_calls.faces(collection, subject, after=after, limit=limit))

    async def erase_face(self, collection: str, subject: str, face: str) -> None:
        """Erase one face of a subject."""
        await self.send(identity_calls.erase_face(collection, subject, face))

    async def identify(
        self, collection: str, image: Picture, **options: Unpack[IdentifyOptions]
    ) -> IdentifyAnswer:
        """Find out who is on a picture."""
        return await self.send(identity_calls.identify(collection, image, **options))

    async def create_key(
        self, name: str, scopes: Sequence[Scope], *, tenant: str | None = None, rate_limit: str | None = None
    ) -> CreatedKey:
        """Create an API key; its secret is in the answer and nowhere else."""
        return await self.send(identity_calls.create_key(name, scopes, tenant=tenant, rate_limit=rate_limit))

    async def keys(self, *, after: str = "", limit: int = 200) -> KeyPage:
        """A page of keys by id, revoked ones included."""
        return await self.send(identity_calls.keys(after=after, limit=limit))

    async def revoke_key(self, key_id: str) -> None:
        """Revoke a key for good."""
        await self.send(identity_calls.revoke_key(key_id))
