"""From a video to its rows: frames are decoded ahead, analysed side by side, and their faces followed in order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

import pyarrow as pa

from contracts.analysis import Embedding
from hexaface.bulk.about import About
from hexaface.bulk.analysing import OwnLoop, Tick
from hexaface.bulk.analyst import Seen
from hexaface.bulk.rows import Row, rows_of
from hexaface.bulk.videos.following import Following, Sighting
from hexaface.bulk.videos.footage import Footage, Frame
from hexaface.bulk.videos.likeness import Likeness
from hexaface.bulk.videos.live import as_they_come
from hexaface.bulk.videos.returning import people
from hexaface.bulk.videos.sampling import Sampling
from hexaface.bulk.videos.schema import frames_schema
from services.detector.detectors import DETECTORS
from services.detector.sight import DetectorSettings
from serving.pictures.still import Still

_FAINT = 0.6
"""A face of so much of the score that is asked for may carry a track on."""
_FRAMES_BYTES = 256 * 2**20
_ROWS = 500  # as Python objects 20 kB each, as columns 2


@dataclass
class _Rows:
    """The rows of a video so far, and where each sighting's row is."""

    schema: pa.Schema
    tables: list[pa.Table] = field(default_factory=list)
    waiting: list[Row] = field(default_factory=list)
    places: dict[tuple[int, int], int] = field(default_factory=dict)
    count: int = 0

    def add(self, rows: Sequence[Row], sightings: Sequence[Sighting]) -> None:
        """A frame's rows: one for each of its sightings, or one that says that there are none."""
        for place, sighting in enumerate(sightings, self.count):
            self.places[sighting.frame, sighting.face] = place
        self.count += len(rows)
        self.waiting += rows
        if len(self.waiting) >= _ROWS:
            self._convert()

    def finished(self, found: Sequence[Sequence[Sighting]]) -> pa.Table:
        """All rows, with the number of the person that each is a sighting of."""
        self._convert()
        tracks: list[int | None] = [None] * self.count
        for number, sightings in enumerate(found, 1):
            for sighting in sightings:
                tracks[self.places[sighting.frame, sighting.face]] = number
        table = pa.concat_tables([self.schema.empty_table(), *self.tables])
        column = table.schema.get_field_index("track")
        return table.set_column(column, "track", pa.array(tracks, pa.int32()))

    def _convert(self) -> None:
        self.tables.append(pa.Table.from_pylist(self.waiting, schema=self.schema))
        self.waiting = []


class Watching(OwnLoop):
    """Watches videos one after the other. Raises StartupError when it is entered."""

    def __init__(self, about: About, settings: DetectorSettings) -> None:
        least = about.detect.min_score or settings.min_score or DETECTORS[settings.detector].min_score
        self._about = about
        self._clear = least
        faint = about.detect.model_copy(update={"min_score": _FAINT * least})
        super().__init__(about.model_copy(update={"detect": faint}), settings)

    @property
    def schema(self) -> pa.Schema:
        """The columns of all rows."""
        return frames_schema(self._about.features, self._analyst.labels)

    def __call__(self, footage: Footage, name: str, tick: Tick = lambda _: None) -> pa.Table:
        """The rows of a video's frames. Raises VideoError, ValueError."""
        return self._runner.run(self._rows(footage, name, tick))

    async def _rows(self, footage: Footage, name: str, tick: Tick) -> pa.Table:
        likeness = Likeness.of(self._analyst.calibration)
        following, rows = Following(likeness, self._clear), _Rows(self.schema)
        frames = footage.frames(self._about.sampling or Sampling())
        if footage.live:
            frames = as_they_come(frames, self._at_once)
        async with aclosing(self._seen(frames)) as watched:
            async for frame, seen in watched:
                taken = following(frame.seconds, _sightings(frame, seen))
                rows.add(_rows(name, frame, seen, taken, self._about), taken)
                tick(1)
        return rows.finished(people(following.tracks, likeness))

    async def _seen(self, frames: Generator[Frame, None, None]) -> AsyncGenerator[tuple[Frame, Seen], None]:
        """Each frame, without its pixels, and what is on it, in order; some are under way at once."""
        waiting: deque[tuple[Frame, asyncio.Task[Seen]]] = deque()
        try:
            while (frame := await asyncio.to_thread(next, frames, None)) is not None:
                task = asyncio.create_task(self._analyst.look(Still(frame.pixels)))
                waiting.append((replace(frame, pixels=frame.pixels[:0]), task))
                if len(waiting) >= min(self._at_once, max(2, _FRAMES_BYTES // frame.pixels.nbytes)):
                    done, task = waiting.popleft()
                    yield done, await task
            for done, task in waiting:
                yield done, await task
        finally:
            for _, task in waiting:
                task.cancel()
            frames.close()


def _sightings(frame: Frame, seen: Seen) -> list[Sighting]:
    embeddings = seen.answers.get("embedding", [])
    return [
        Sighting.of(frame.number, frame.seconds, face, located, answer.values)
        for face, (located, answer) in enumerate(zip(seen.faces, embeddings, strict=True))
        if isinstance(answer, Embedding)
    ]


def _rows(name: str, frame: Frame, seen: Seen, taken: Sequence[Sighting], about: About) -> list[Row]:
    kept = [sighting.face for sighting in taken]
    some = Seen(
        seen.image,
        [seen.faces[face] for face in kept],
        {feature: [answers[face] for face in kept] for feature, answers in seen.answers.items()},
    )
    rows = rows_of(f"{name}#t={frame.seconds:.3f}", some, about)
    for row, sighting in zip(rows, taken, strict=False):  # a frame without faces has a row of its own
        row["fitness"] = sighting.fitness
    return [row | {"video": name, "frame": frame.number, "seconds": frame.seconds} for row in rows]
