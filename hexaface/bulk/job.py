"""A bulk job: what there is to do, where it goes on, and doing it.

JobError   the job cannot be done; the text says why
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from contracts.api import Feature
from contracts.detection import DetectOptions
from hexaface.bulk.about import About
from hexaface.bulk.analysing import Tick
from hexaface.bulk.analyst import models_of
from hexaface.bulk.pictures import Part, Picture, cut, sampled
from hexaface.bulk.sources import SourceError, find
from hexaface.bulk.table import FaceTable, sole_writer, tables_in
from hexaface.bulk.workers import Workers
from services.detector.sight import DetectorSettings
from serving.errors import StartupError
from serving.loading import cores_of

_LARGEST_PART = 500  # pictures: half a minute of one core's work, which is what a kill costs
_PARTS_EACH = 4  # at least, so that the workers end together
_SMALLEST_PART = 4


class JobError(Exception):
    """The job cannot be done; the text says why."""


class Engine(Protocol):
    """Where parts are analysed."""

    count: int
    """How many at a time."""

    def run(self, parts: Sequence[Part], tick: Tick) -> Iterator[tuple[Part, pa.Table]]:
        """Each part with its rows, as they are done."""
        ...


@dataclass
class Outcome:
    """What became of the pictures so far."""

    pictures: int = 0
    faces: int = 0
    problems: Counter[str] = field(default_factory=Counter)

    def add(self, part: Part, rows: pa.Table) -> None:
        """Count a part."""
        self.pictures += len(part.pictures)
        self.faces += pc.count(rows["face"]).as_py()
        self.problems.update(pc.struct_field(rows["problem"], "type").drop_null().to_pylist())


class Job:
    """All pictures of the sources, and the table they go into. Raises JobError."""

    def __init__(
        self,
        sources: Sequence[str],
        out: Path,
        *,
        features: Sequence[Feature],
        detect: DetectOptions,
        column: str | None = None,
        sample: int | None = None,
    ) -> None:
        try:
            self._settings = DetectorSettings()
            self.about = About(
                features=tuple(features), detect=detect, models=models_of(features, self._settings)
            )
            self.found = find(sources, column, out)
        except (SourceError, StartupError, ValidationError) as error:
            raise JobError(str(error)) from error
        self.out = out
        wanted = self.found.pictures
        self._wanted = wanted if sample is None else sampled(wanted, sample)

    @property
    def folder(self) -> Path:
        """The table's own folder."""
        return self.out / self.about.name

    def others(self) -> list[About]:
        """What the other tables in the same folder were made by."""
        return [FaceTable.open(folder).about for folder in tables_in(self.out) if folder != self.folder]

    def todo(self) -> list[Picture]:
        """The pictures that are not in the table yet."""
        if not self.folder.is_dir():
            return list(self._wanted)
        done = set(FaceTable(self.folder, self.about).pictures())
        return [picture for picture in self._wanted if picture.name not in done]

    @contextmanager
    def writing(self, *, retry: bool) -> Iterator[list[Picture]]:
        """Be the only run that writes into the folder; what there is to do. Raises TableError.

        With `retry` the pictures that failed are to be done again.
        """
        with sole_writer(self.out):
            table = FaceTable.create(self.out, self.about)
            table.tidy()
            if retry:
                table.forget_failed()
            yield self.todo()

    def run(self, todo: Sequence[Picture], engine: Engine, tick: Tick) -> Outcome:
        """Analyse the pictures; each part is in the table as soon as it is done. Raises JobError."""
        table, outcome = FaceTable(self.folder, self.about), Outcome()
        try:
            for part, rows in engine.run(cut(todo, part_size(len(todo), engine.count)), tick):
                table.add(part.name, rows)
                outcome.add(part, rows)
        except StartupError as error:
            raise JobError(str(error)) from error
        return outcome

    def workers(self, count: int | None = None) -> Workers:
        """So many processes on this machine, by default one per core."""
        cores = cores_of(self._settings)
        count = count or cores
        share = self._settings.model_copy(update={"threads": max(1, cores // count)})
        return Workers(count, self.about, share)

    def cluster(self, address: str, count: int | None = None) -> "Engine":
        """A Ray cluster, with so many actors at most. Raises JobError."""
        try:
            from hexaface.bulk.cluster import Cluster  # noqa: PLC0415  # few have Ray
        except ImportError as error:
            raise JobError("--ray needs Ray: pip install 'hexaface-server[bulk-ray]'") from error
        try:
            return Cluster(address, self.about, self._settings, count)
        except StartupError as error:
            raise JobError(str(error)) from error


def part_size(pictures: int, workers: int) -> int:
    """How many pictures a worker is given at a time."""
    even = math.ceil(pictures / (workers * _PARTS_EACH))
    return min(_LARGEST_PART, max(_SMALLEST_PART, even))
