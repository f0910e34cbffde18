"""Keys in PostgreSQL."""

from datetime import timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from contracts.keys import CreatedKey, Key, KeyPage, NewKey
from contracts.problems import FieldError
from gateway.keys.principal import DEFAULT_TENANT
from gateway.keys.secret import Secret, new_secret
from gateway.stores.database import Database
from gateway.stores.tables import KeyRow
from web.problems import ConflictError

# A write per request would cost more than the rest of the check; a minute is fine for "is it still used?".
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


_CLOSES = "this is the first key: from now on every call needs a key"


class FirstKeyError(ConflictError):
    """The first key would leave nobody who can create another."""

    type, title = "first-key-without-admin", "The first key needs the scope admin"
    remedy = (
        "Give the first key the scope `admin`, or send `without_admin` when the command line is all you need."
    )


class KeyStore:
    """Creates, finds, lists and revokes keys. Methods raise UnavailableError."""

    def __init__(self, database: Database, *, protected: bool) -> None:
        """`protected`: the environment brings an admin key, or asks for keys before any exists."""
        self._database = database
        self._protected = protected

    async def create(self, new: NewKey) -> CreatedKey:
        """A new key; its secret is in the answer and nowhere else. Raises FirstKeyError.

        The first closes an open server: it must be able to create the next one, unless `without_admin` is meant.
        """
        first = not self._protected and not await self.any_exist()
        if first and "admin" not in new.scopes and not new.without_admin:
            raise FirstKeyError(
                "from the first key on every call needs one, and without the scope admin it could create no other",
                errors=[FieldError(field="scopes", reason="lacks admin, and there is no other key")],
            )
        secret = new_secret()
        values = {
            "id": secret.id,
            "tenant": new.tenant or DEFAULT_TENANT,
            "name": new.name,
            "scopes": sorted(set(new.scopes)),
            "secret_sha256": secret.digest(),
            "rate_limit": new.rate_limit,
        }
        async with self._database.transaction() as session:
            row = (await session.scalars(insert(KeyRow).values(values).returning(KeyRow))).one()
            warnings = [_CLOSES] if first else []
            return CreatedKey(**_shown(row).model_dump(), key=secret.text, warnings=warnings)

    async def find(self, secret: Secret) -> KeyRow | None:
        """The row of a key that is not revoked, by its id; notes its use. The caller compares the secret."""
        async with self._database.transaction() as session:
            row = await session.get(KeyRow, secret.id)
            if row is None or row.revoked_at is not None:
                return None
            stale = or_(KeyRow.last_used_at.is_(None), KeyRow.last_used_at < func.now() - _USE_IS_NOTED_EVERY)
            used = update(KeyRow).where(KeyRow.id == row.id, stale, KeyRow.secret_sha256 == secret.digest())
            await session.execute(used.values(last_used_at=func.now()))
            return row

    async def any_exist(self) -> bool:
        """Whether a key was ever created; a revoked one counts, or revoking the last would open the door."""
        async with self._database.transaction() as session:
            return await session.scalar(select(KeyRow.id).limit(1)) is not None

    async def page(self, tenant: str | None, *, after: str, limit: int) -> KeyPage:
        """Keys by id, of one tenant or of all."""
        query = select(KeyRow).where(KeyRow.id > after).order_by(KeyRow.id).limit(limit + 1)
        if tenant is not None:
            query = query.where(KeyRow.tenant == tenant)
        async with self._database.transaction() as session:
            rows = (await session.scalars(query)).all()
        keys = [_shown(row) for row in rows[:limit]]
        return KeyPage(keys=keys, next=keys[-1].id if len(rows) > limit else None)

    async def revoke(self, key_id: str, tenant: str | None) -> bool:
        """Revoke a key for good; whether there was one that was not revoked."""
        query = update(KeyRow).where(KeyRow.id == key_id, KeyRow.revoked_at.is_(None))
        if tenant is not None:
            query = query.where(KeyRow.tenant == tenant)
        async with self._database.transaction() as session:
            revoked = await session.scalars(query.values(revoked_at=func.now()).returning(KeyRow.id))
            return revoked.first() is not None


def _shown(row: KeyRow) -> Key:
    names = ("id", "name", "tenant", "scopes", "rate_limit", "created_at", "last_used_at", "revoked_at")
    return Key.model_validate({name: getattr(row, name) for name in names})
