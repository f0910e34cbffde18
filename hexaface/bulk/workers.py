"""Parts analysed in several processes of this machine; one that dies costs its part some time, and nothing else."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any

import pyarrow as pa

from hexaface.bulk.about import About
from hexaface.bulk.analysing import Analysing, Tick
from hexaface.bulk.pictures import Part
from hexaface.bulk.rows import failed_row
from services.detector.sight import DetectorSettings
from serving.errors import StartupError
from web.logs import configure_logs

_PROCESSES = multiprocessing.get_context("spawn")  # threads of onnxruntime do not survive a fork
_STOP_SECONDS = 10.0


class WorkerDiedError(Exception):
    """A process ended while it looked at a picture."""


class _Worker:
    """A process with all models, and the part it is at."""

    def __init__(self, about: About, settings: DetectorSettings) -> None:
        self.connection, theirs = _PROCESSES.Pipe()
        self._process = _PROCESSES.Process(target=_work, args=(theirs, about, settings), daemon=True)
        self._process.start()
        theirs.close()
        self.part: Part | None = None
        self.done = 0

    def give(self, part: Part | None) -> None:
        """Another part, or the end. One that has just died is noticed when it is heard."""
        self.part, self.done = part, 0
        with suppress(OSError):
            self.connection.send(part)

    def hear(self) -> Any:
        """What it says next; None when it is gone."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            return None

    def stop(self) -> None:
        """End it, whatever it is at."""
        self.connection.close()
        self._process.terminate()
        self._process.join(_STOP_SECONDS)


class Workers:
    """As many processes as asked, each with all models on the cores that its settings give it."""

    def __init__(self, count: int, about: About, settings: DetectorSettings) -> None:
        self.count = count
        self._about = about
        self._settings = settings
        self._todo: deque[Part] = deque()
        self._workers: list[_Worker] = []
        self._schema: pa.Schema | None = None

    def run(self, parts: Sequence[Part], tick: Tick) -> Iterator[tuple[Part, pa.Table]]:
        """Each part with its rows, as they are done; one that had to be halved comes as several. Raises StartupError."""
        self._todo.extend(parts)
        try:
            for _ in range(min(self.count, len(parts))):
                self._start()
            while self._workers:
                for connection in wait([worker.connection for worker in self._workers]):
                    yield from self._hear(connection, tick)
        finally:
            for worker in self._workers:
                worker.stop()

    def _start(self) -> None:
        worker = _Worker(self._about, self._settings)
        worker.give(self._todo.popleft())
        self._workers.append(worker)

    def _hear(self, connection: Any, tick: Tick) -> Iterator[tuple[Part, pa.Table]]:
        worker = next(worker for worker in self._workers if worker.connection is connection)
        said, part = worker.hear(), worker.part
        if isinstance(said, int):
            worker.done += said
            tick(said)
        elif isinstance(said, pa.Schema):
            self._schema = said
        elif isinstance(said, str):
            raise StartupError(said)
        elif said is None:
            worker.stop()
            self._workers.remove(worker)
            if part is not None:
                tick(-worker.done)
                yield from self._died(part)
        elif part is not None:
            worker.give(self._todo.popleft() if self._todo else None)
            yield part, said

    def _died(self, part: Part) -> Iterator[tuple[Part, pa.Table]]:
        """Find the picture that a process died of, by halves; the others are looked at again."""
        if self._schema is None:
            raise StartupError("a worker ended while it loaded the models; is there enough memory?")
        if len(part.pictures) > 1:
            self._todo.extendleft(part.halves())
        else:
            error = WorkerDiedError("a worker process died of this picture")
            row = failed_row(part.pictures[0].name, error, self._about)
            yield part, pa.Table.from_pylist([row], schema=self._schema)
        if self._todo:
            self._start()


def _work(connection: Connection, about: About, settings: DetectorSettings) -> None:
    """A worker's life: parts in, rows out, until there are no more or the parent is gone."""
    # Ctrl-C reaches every process of a terminal; the parent ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    configure_logs("WARNING", "console")
    try:
        with Analysing(about, settings) as analyse:
            connection.send(analyse.schema)
            while (part := connection.recv()) is not None:
                connection.send(analyse(part, connection.send))
    except StartupError as error:
        connection.send(str(error))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
