"""From a part's pictures to the part's rows, many pictures under way at once, within one process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import cv2
import pyarrow as pa

from hexaface.bulk.about import About
from hexaface.bulk.analyst import Analyst
from hexaface.bulk.pictures import Part, Picture
from hexaface.bulk.reading import Reader
from hexaface.bulk.rows import Row, failed_row, rows_of
from hexaface.bulk.schema import table_schema
from services.detector.sight import DetectorSettings

Tick = Callable[[int], None]
"""Told how many pictures more are done."""

_ROWS = 500  # as Python objects 20 kB each, as columns 2


class OwnLoop:
    """An Analyst on an event loop of its own, for callers that have none. Raises StartupError when it is entered."""

    def __init__(self, about: About, settings: DetectorSettings) -> None:
        self._analyst = Analyst(about, settings)
        self._threads = settings.threads
        # While one batch runs, the pictures of the next are read, decoded and cut.
        self._at_once = 2 * settings.max_batch
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()

    def __enter__(self) -> Self:
        cv2.setNumThreads(self._threads)  # it would take every core of the machine, in every process
        self._runner.run(self._stack.enter_async_context(self._analyst.running()))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        with self._runner:
            self._runner.run(self._stack.aclose())


class Analysing(OwnLoop):
    """Pictures one after the other, wherever they are."""

    def __init__(self, about: About, settings: DetectorSettings) -> None:
        super().__init__(about, settings)
        self._about = about
        self._read = Reader()

    @property
    def schema(self) -> pa.Schema:
        """The columns of all rows."""
        return table_schema(self._about.features, self._analyst.labels)

    def __call__(self, part: Part, tick: Tick = lambda _: None) -> pa.Table:
        """The rows of all pictures of a part, in their order."""
        return self._runner.run(self._table(part, tick))

    async def _table(self, part: Part, tick: Tick) -> pa.Table:
        schema = self.schema
        found = [pa.Table.from_pylist(rows, schema=schema) async for rows in self._rows(part, tick)]
        return pa.concat_tables([schema.empty_table(), *found])

    async def _rows(self, part: Part, tick: Tick) -> AsyncIterator[list[Row]]:
        slots = asyncio.Semaphore(self._at_once)

        async def one(picture: Picture) -> list[Row]:
            async with slots:
                found = await self._picture(picture)
            tick(1)
            return found

        rows: list[Row] = []
        for task in [asyncio.create_task(one(picture)) for picture in part.pictures]:
            rows += await task
            if len(rows) >= _ROWS:
                yield rows
                rows = []
        yield rows

    async def _picture(self, picture: Picture) -> list[Row]:
        try:
            seen = await self._analyst(await asyncio.to_thread(self._read, picture))
        except Exception as error:  # noqa: BLE001  # whatever became of one picture stops no other
            return [failed_row(picture.name, error, self._about)]
        return rows_of(picture.name, seen, self._about)
