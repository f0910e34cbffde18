"""Moving a collection to another embedder without a gap: begun, watched, turned back, ended."""

from sqlalchemy import delete, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.models import ModelDescription, ModelRef
from contracts.moves import Move, NewMove
from gateway.identities.collections import collection_row, model_of
from gateway.identities.slots import other_column
from gateway.stores.database import Database
from gateway.stores.tables import CollectionRow, MoveRow
from gateway.upstreams.embedders import DEFAULT, Embedders
from web.problems import ConflictError, NotFoundError, UnavailableError

_SUBJECTS_SHOWN = 100
# Faces that only a new picture could embed: no chip is kept, and no other face of the subject is embedded anew.
_WAITING = """
    FROM faces JOIN subjects ON subjects.pk = subject_pk
    WHERE faces.collection_pk = :pk AND {other} IS NULL AND NOT EXISTS (SELECT FROM chips WHERE face_id = faces.id)
    AND NOT EXISTS (SELECT FROM faces AS done WHERE done.subject_pk = faces.subject_pk AND done.{other} IS NOT NULL)
"""
_COUNTS = """
    SELECT count(*), count({other}), count(chips.face_id) FILTER (WHERE {other} IS NULL)
    FROM faces LEFT JOIN chips ON chips.face_id = faces.id WHERE collection_pk = :pk
"""
# Faces that keep a move from being complete.
_MISSING = """
    SELECT EXISTS (SELECT FROM faces WHERE collection_pk = :pk AND {other} IS NULL AND (
        EXISTS (SELECT FROM chips WHERE face_id = faces.id)
        OR NOT EXISTS (SELECT FROM faces AS done WHERE done.subject_pk = faces.subject_pk AND done.{other} IS NOT NULL)
    ))
"""


class Moves:
    """The moves of all tenants' collections. Methods raise NotFoundError and UnavailableError."""

    def __init__(self, database: Database, embedders: Embedders) -> None:
        self._database = database
        self._embedders = embedders

    async def begin(self, tenant: str, collection: str, new: NewMove) -> Move:
        """Begin a move; one to the same model that is under way or done goes on. Raises ConflictError."""
        model = await self._target(new.to)
        async with self._database.transaction() as session:
            row = await collection_row(session, tenant, collection, lock="exclusive")
            under_way = await session.get(MoveRow, row.pk)
            if under_way is None:
                if row.model_digest == model.digest:
                    raise ConflictError(f"collection {collection!r} is pinned to this model already")
                await session.execute(insert(MoveRow).values(_begun(row, model)))
            elif _bound_for(row, under_way) != model.digest:
                raise ConflictError(f"collection {collection!r} is in a move already; end that one first")
            return await _shown(session, row)

    async def read(self, tenant: str, collection: str) -> Move:
        """How far a move is."""
        async with self._database.transaction() as session:
            return await _shown(session, await collection_row(session, tenant, collection))

    async def turn_back(self, tenant: str, collection: str) -> Move:
        """Let the other model answer again. Raises ConflictError unless both have embedded every face."""
        async with self._database.transaction() as session:
            row = await collection_row(session, tenant, collection, lock="exclusive")
            move = await _move(session, row)
            if move.state not in ("moved", "back"):
                raise ConflictError(f"collection {collection!r} has not moved")
            if not await flip(session, row, move, "back" if move.state == "moved" else "moved"):
                raise ConflictError(
                    "the newest faces are still being embedded by the other model", retry_after=2
                )
            return await _shown(session, row)

    async def end(self, tenant: str, collection: str) -> None:
        """Stay with the model that answers; the upkeep removes the other one's embeddings."""
        async with self._database.transaction() as session:
            row = await collection_row(session, tenant, collection, lock="exclusive")
            (await _move(session, row)).state = "ending"

    async def _target(self, digest: str | None) -> ModelDescription:
        name = DEFAULT if digest is None else await self._embedders.beginning_with(digest)
        model = None if name is None else await self._embedders.model(name)
        if model is None:
            raise ConflictError(f"no embedder of HEXAFACE_EMBEDDER_URL has a model {digest}")
        if model.dimensions is None:
            raise UnavailableError("the embedder does not say how long its embeddings are")
        return model


async def flip(session: AsyncSession, row: CollectionRow, move: MoveRow, state: str) -> bool:
    """Let the other model answer from now on; False when faces lack its embedding. The row must be locked."""
    if await session.scalar(text(_MISSING.format(other=other_column(row))), {"pk": row.pk}):
        return False
    before, dimensions = model_of(row), row.dimensions
    row.slot = 1 - row.slot
    row.model_name, row.model_version, row.model_digest = (
        move.model_name,
        move.model_version,
        move.model_digest,
    )
    row.dimensions = move.dimensions
    move.model_name, move.model_version, move.model_digest = before.name, before.version, before.digest
    move.dimensions, move.state = dimensions, state
    await session.flush()
    return True


async def forget(session: AsyncSession, row: CollectionRow, *, rows: int) -> bool:
    """Remove what an ended move leaves, so many rows at a time; False when nothing is left but the move itself."""
    column, pk = other_column(row), row.pk
    some = f"SELECT id FROM faces WHERE collection_pk = :pk AND {column} IS NOT NULL LIMIT :rows"  # noqa: S608  # names of our own columns, values are bound
    cleared = text(f"UPDATE faces SET {column} = NULL WHERE id IN ({some}) RETURNING 1")  # noqa: S608  # names of our own columns, values are bound
    if (await session.execute(cleared, {"pk": pk, "rows": rows})).first():
        return True
    if not row.keep_chips:
        chips = "SELECT face_id FROM chips JOIN faces ON id = face_id WHERE collection_pk = :pk LIMIT :rows"
        gone = text(f"DELETE FROM chips WHERE face_id IN ({chips}) RETURNING 1")  # noqa: S608  # names of our own columns, values are bound
        if (await session.execute(gone, {"pk": pk, "rows": rows})).first():
            return True
    await session.execute(delete(MoveRow).where(MoveRow.collection_pk == pk))
    return False


def _begun(row: CollectionRow, model: ModelDescription) -> dict[str, object]:
    return {
        "collection_pk": row.pk,
        "state": "moving",
        "model_name": model.name,
        "model_version": model.version,
        "model_digest": model.digest,
        "dimensions": model.dimensions,
    }


def _bound_for(row: CollectionRow, move: MoveRow) -> str | None:
    """The digest of the model that a move leads to, or has led to; None once it was turned back or ended."""
    return {"moving": move.model_digest, "moved": row.model_digest}.get(move.state)


async def _move(session: AsyncSession, row: CollectionRow) -> MoveRow:
    move = await session.get(MoveRow, row.pk)
    if move is None:
        raise NotFoundError(f"collection {row.id!r} is in no move")
    return move


async def _shown(session: AsyncSession, row: CollectionRow) -> Move:
    move = await _move(session, row)
    other = other_column(row)
    faces, done, pending = (await session.execute(text(_COUNTS.format(other=other)), {"pk": row.pk})).one()
    waiting = _WAITING.format(other=other)
    count = await session.scalar(text(f"SELECT count(DISTINCT subjects.id) {waiting}"), {"pk": row.pk})
    first = text(f"SELECT DISTINCT subjects.id {waiting} ORDER BY subjects.id LIMIT {_SUBJECTS_SHOWN}")
    return Move.model_validate(
        {
            "state": move.state,
            "model": model_of(row),
            "other": ModelRef(name=move.model_name, version=move.model_version, digest=move.model_digest),
            "faces": faces,
            "done": done,
            "pending": pending,
            "waiting": count,
            "subjects": list((await session.scalars(first, {"pk": row.pk})).all()),
        }
    )
