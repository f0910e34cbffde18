"""Enrolment: picture -> one face of good quality -> its embedding under a subject."""

import asyncio
import hashlib
from dataclasses import dataclass

from contracts.identity import EnrolledFace
from contracts.options import EnrolOptions
from gateway.analysis.cache import FoundFace
from gateway.analysis.embedding import EmbeddedPicture, FaceEmbedding, choose_face
from gateway.identities.conflicts import Conflicts
from gateway.identities.faces import Faces, Idempotency, NewFace
from gateway.identities.pinned import Pinned
from gateway.identities.quality import low_quality, shortcomings
from gateway.identities.vault import Vault
from gateway.keys.principal import Principal
from gateway.settings.identities import IdentitySettings
from gateway.stores.tables import CollectionRow
from web.problems import UnavailableError


@dataclass(frozen=True)
class Enrolment:
    """One picture to enrol: whose it is and how."""

    who: Principal
    collection: str
    subject: str
    picture: bytes
    options: EnrolOptions
    idempotency_key: str | None = None
    create_subject: bool = False
    store: bool = True

    def idempotency(self) -> Idempotency | None:
        """The caller's key and what it stands for."""
        if self.idempotency_key is None:
            return None
        request = hashlib.sha256(hashlib.sha256(self.picture).digest())
        for part in (self.collection, self.subject, self.options.model_dump_json()):
            request.update(b"\0" + part.encode())
        return Idempotency(self.idempotency_key, request.digest())


class Enroller:
    """Carries out enrolments."""

    def __init__(
        self,
        settings: IdentitySettings,
        embedding: FaceEmbedding,
        faces: Faces,
        conflicts: Conflicts,
        pinned: Pinned,
        vault: Vault,
    ) -> None:
        self._settings = settings
        self._embedding = embedding
        self._faces = faces
        self._conflicts = conflicts
        self._pinned = pinned
        self._vault = vault

    async def enrol(self, request: Enrolment) -> tuple[EnrolledFace, bool]:
        """Enrol the face of a picture; and whether this is the answer to an earlier, equal request.

        Raises NoFaceError, SeveralFacesError, LowQualityError, OtherSubjectError, ModelMismatchError, NotFoundError,
        UnavailableError.
        """
        idempotency = request.idempotency()
        if idempotency and (done := await self._faces.replay(request.who.tenant, idempotency)):
            return done, True

        async def work(row: CollectionRow, embedder: str) -> EnrolledFace:
            return await self._enrol(request, idempotency, row, embedder)

        return await self._pinned.work(request.who.tenant, request.collection, work), False

    async def _enrol(
        self, request: Enrolment, idempotency: Idempotency | None, row: CollectionRow, embedder: str
    ) -> EnrolledFace:
        keep_chip = await self._faces.keeps_chips(row)
        picture = await self._embedding.of(
            request.who.tenant,
            request.picture,
            request.options,
            store=request.store,
            keep=False,
            embedder=embedder,
            chips=keep_chip,
        )
        chosen = choose_face(picture.found, request.options.face, "image")
        lacking = shortcomings(chosen, self._settings)
        if lacking and request.options.on_low_quality == "reject":
            raise low_quality(lacking)
        if picture.found.embedder is None:
            raise UnavailableError("the embedder did not say which model it is")
        doubts = await self._conflicts.doubts(
            row, embedder, request.subject, chosen, picture.digest, request.options.on_conflict
        )
        new = NewFace(
            face=chosen.face,
            embedding=chosen.embedding,
            model=picture.found.embedder,
            image_sha256=picture.digest,
            chip=await self.packed(picture, chosen) if keep_chip else None,
            warnings=(*lacking, *doubts.warnings()),
        )
        enrolled = await self._faces.add(
            request.who,
            request.collection,
            request.subject,
            new,
            idempotency=idempotency,
            create_subject=request.create_subject,
        )
        # Only now, when an erasure would know of the picture: before, it would have stayed in the cache.
        await self._embedding.keep(request.who.tenant, picture, request.options)
        return enrolled.model_copy(update={"conflicts": doubts.others or None})

    async def packed(self, picture: EmbeddedPicture, chosen: FoundFace) -> bytes:
        """The chip of a face of the picture, which was embedded with chips, as it is stored."""
        chip = picture.chips[next(i for i, face in enumerate(picture.found.faces) if face is chosen)]
        return await asyncio.to_thread(self._vault.pack, chip)
