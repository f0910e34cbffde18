"""The upkeep of moves: embeds kept chips by the other model, keeps up with enrolments, flips the pin, cleans up."""

import asyncio
import uuid

import structlog
from sqlalchemy import bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.analysis import ChipsRequest, EmbedReply
from gateway.identities.indexing import BUILD_MEMORY_MB, INDEX_FROM, build_index, gallery
from gateway.identities.moves import flip, forget
from gateway.identities.removals import HIDDEN
from gateway.identities.slots import other_column
from gateway.identities.vault import Vault
from gateway.stores.database import Database
from gateway.stores.leading import leading
from gateway.stores.tables import ChipRow, CollectionRow, FaceRow, MoveRow
from gateway.stores.vectors import Vector
from gateway.upstreams.calls import Upstreams
from gateway.upstreams.embedders import Embedders
from web.problems import ModelMismatchError

log = structlog.get_logger(__name__)

_LOCK_CLASS = 4028
# One batch of the embedder; a small one leaves it free for requests in between.
_CHIPS = 8
_ROWS = 1000
_VALUES = bindparam("values", type_=Vector())


class Reembedding:
    """Advances every move, each by one gateway at a time; stopped at any moment, it goes on where it was."""

    def __init__(
        self,
        database: Database,
        upstreams: Upstreams,
        embedders: Embedders,
        vault: Vault,
        *,
        index_from: int = INDEX_FROM,
        index_memory_mb: int = BUILD_MEMORY_MB,
    ) -> None:
        self._database = database
        self._upstreams = upstreams
        self._embedders = embedders
        self._vault = vault
        self._index_from = index_from
        self._index_memory_mb = index_memory_mb

    async def carry_out(self) -> None:
        """Do all that can be done now. Raises ProblemError, LockedError."""
        async with self._database.transaction() as session:
            query = select(MoveRow.collection_pk).join(
                CollectionRow, CollectionRow.pk == MoveRow.collection_pk
            )
            pks = (await session.scalars(query.where(CollectionRow.tenant != HIDDEN))).all()
        for pk in pks:
            async with leading(self._database.url or "", _LOCK_CLASS, pk) as first:
                if first is not None:
                    await self._advance(pk)

    async def _advance(self, pk: int) -> None:
        while await self._embed_some(pk):
            pass
        await self._index(pk)
        async with self._database.transaction() as session:
            found = await _locked(session, pk)
            if found is not None and found[1].state == "moving" and await flip(session, *found, "moved"):
                log.info("collection.moved", collection=pk)
        while await self._forget_some(pk):
            pass

    async def _embed_some(self, pk: int) -> bool:
        """Embed some faces by the other model; False when none is left that has a chip."""
        async with self._database.transaction() as session:
            found = await _found(session, pk)
            if found is None or found[1].state == "ending":
                return False
            row, move = found
            lacking = getattr(FaceRow, other_column(row)).is_(None)
            query = select(FaceRow.id, ChipRow.content).join(ChipRow, ChipRow.face_id == FaceRow.id)
            chosen = query.where(FaceRow.collection_pk == pk, lacking).limit(_CHIPS)
            chips = (await session.execute(chosen)).all()
        if not chips:
            return False
        content = await asyncio.to_thread(lambda: b"".join(self._vault.unpack(chip) for _, chip in chips))
        embeddings = await self._embedded(move, content)
        await self._write(
            pk, row.slot, {face: values for (face, _), values in zip(chips, embeddings, strict=True)}
        )
        return True

    async def _embedded(self, move: MoveRow, chips: bytes) -> list[bytes]:
        name = await self._embedders.with_digest(move.model_digest)
        reply = await self._upstreams.call(name, "/v1/embed", ChipsRequest(chips=chips), EmbedReply)
        if reply.model.digest != move.model_digest:
            raise ModelMismatchError(f"no embedder has the model {move.model_digest[:12]} of a move")
        return [embedding.values for embedding in reply.embeddings]

    async def _write(self, pk: int, slot: int, embeddings: dict[uuid.UUID, bytes]) -> None:
        async with self._database.transaction() as session:
            found = await _found(session, pk)
            if (
                found is None or found[0].slot != slot
            ):  # turned back meanwhile: the columns have changed places
                return
            column = other_column(found[0])
            statement = text(f"UPDATE faces SET {column} = :values WHERE id = :id AND {column} IS NULL")  # noqa: S608  # names of our own columns, values are bound
            typed = statement.bindparams(_VALUES)
            await session.execute(
                typed, [{"id": face, "values": values} for face, values in embeddings.items()]
            )

    async def _index(self, pk: int) -> None:
        """Have the index before it is searched."""
        async with self._database.transaction() as session:
            found = await _found(session, pk)
            if found is None or found[1].state != "moving":
                return
            row, move = found
            size = await gallery(session, row, 1 - row.slot)
        if size.faces >= self._index_from and not size.indexed and self._database.url:
            await build_index(self._database.url, pk, move.dimensions, 1 - row.slot, self._index_memory_mb)

    async def _forget_some(self, pk: int) -> bool:
        async with self._database.transaction() as session:
            found = await _locked(session, pk)
            return (
                found is not None
                and found[1].state == "ending"
                and await forget(session, found[0], rows=_ROWS)
            )


async def _found(session: AsyncSession, pk: int) -> tuple[CollectionRow, MoveRow] | None:
    # Enrolments hold the same lock: the slot does not change under what is read or written here.
    row = await session.get(CollectionRow, pk, with_for_update={"read": True, "key_share": True})
    move = await session.get(MoveRow, pk)
    return (row, move) if row is not None and move is not None else None


async def _locked(session: AsyncSession, pk: int) -> tuple[CollectionRow, MoveRow] | None:
    row = await session.get(CollectionRow, pk, with_for_update=True)
    move = await session.get(MoveRow, pk)
    return (row, move) if row is not None and move is not None else None
