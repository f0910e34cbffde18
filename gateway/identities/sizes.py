"""The sizes of galleries, counted anew every few seconds only where counting is dear."""

import time
from collections import OrderedDict

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.identities.indexing import INDEX_FROM, Gallery, gallery
from gateway.stores.tables import CollectionRow

# Counting a large gallery costs more than searching it; its threshold hardly moves in this time.
_KEPT_SECONDS = 5.0
_KEPT = 256


class Sizes:
    """Remembers the sizes of large galleries."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, int], tuple[float, Gallery]] = OrderedDict()

    async def of(self, session: AsyncSession, row: CollectionRow) -> Gallery:
        """The size of a collection, and whether it is indexed."""
        place = row.pk, row.slot
        known = self._known.get(place)
        if known is not None and time.monotonic() - known[0] < _KEPT_SECONDS:
            return known[1]
        size = await gallery(session, row)
        if size.faces >= INDEX_FROM:
            self._known[place] = (time.monotonic(), size)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return size
