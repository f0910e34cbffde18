"""Work with the embedder that a collection is pinned to, also while the pin moves to another one."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.identities.collections import Collections
from gateway.stores.tables import CollectionRow
from gateway.upstreams.embedders import Embedders
from web.problems import ModelMismatchError

T = TypeVar("T")

# A pin moves once in a move, and back when the operator says so.
_TRIES = 3


class Pinned:
    """Finds the embedder of a collection."""

    def __init__(self, collections: Collections, embedders: Embedders) -> None:
        self._collections = collections
        self._embedders = embedders

    async def work(
        self, tenant: str, collection: str, work: Callable[[CollectionRow, str], Awaitable[T]]
    ) -> T:
        """Do `work` with the collection's row and the name of its embedder; again when the pin moved meanwhile.

        Raises NotFoundError, UnavailableError and ModelMismatchError, when no embedder has the collection's model.
        """
        row = await self._collections.row(tenant, collection)
        for _ in range(_TRIES):
            try:
                return await work(row, await self._embedders.with_digest(row.model_digest))
            except ModelMismatchError:
                before, row = row, await self._collections.row(tenant, collection)
                if before.model_digest == row.model_digest:
                    raise
        return await work(row, await self._embedders.with_digest(row.model_digest))
