"""A job of videos: which are still to be watched, and the two tables that they go into."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet
from pydantic import ValidationError

from contracts.api import Feature
from contracts.detection import DetectOptions
from hexaface.bulk.about import About
from hexaface.bulk.analysing import Tick
from hexaface.bulk.analyst import models_of
from hexaface.bulk.job import JobError
from hexaface.bulk.pictures import Part, Picture
from hexaface.bulk.rows import failed_row
from hexaface.bulk.table import FaceTable, sole_writer
from hexaface.bulk.videos.footage import Footage, VideoError
from hexaface.bulk.videos.sampling import STREAMS, Sampling
from hexaface.bulk.videos.schema import tracks_schema
from hexaface.bulk.videos.summary import tracks_of
from hexaface.bulk.videos.watching import Watching
from services.detector.sight import DetectorSettings
from serving.errors import StartupError
from web.logs import configure_logs


@dataclass(frozen=True)
class Watched:
    """What became of a video."""

    video: str
    frames: pa.Table | None
    """Its rows per face and frame; None when it failed."""
    tracks: pa.Table
    """Its rows per person."""

    @property
    def problem(self) -> str | None:
        """Why it failed."""
        said = self.tracks["problem"][0].as_py()
        return said and str(said["detail"])

    @property
    def part(self) -> str:
        """What its part of the tables is called."""
        return _part(self.video)

    @property
    def length(self) -> float:
        """Seconds from the first to the last frame that was looked at."""
        return float(self.tracks["length"][0].as_py() or 0)

    @property
    def looked_at(self) -> int:
        """Frames."""
        return int(self.tracks["frames"][0].as_py() or 0)

    @property
    def people(self) -> int:
        """How many were followed."""
        return int(pc.count(self.tracks["track"]).as_py())


class VideoJob:
    """Videos, and the tables of their frames and of the people on them. Raises JobError."""

    def __init__(
        self,
        videos: Sequence[str],
        out: Path,
        *,
        features: Sequence[Feature],
        detect: DetectOptions,
        sampling: Sampling,
    ) -> None:
        if sampling.seconds is None and (endless := [v for v in videos if v.startswith(STREAMS)]):
            raise JobError(f"{named(endless[0])} has no end: say for how long, --seconds 60")
        self._settings = DetectorSettings()
        # Faces are followed by their looks, so there are always embeddings.
        wanted: tuple[Feature, ...] = (
            (*features, "embedding") if "embedding" not in features else (*features,)
        )
        try:
            models = models_of(wanted, self._settings)
            given = {"features": wanted, "detect": detect, "models": models, "sampling": sampling}
            self.about = About.model_validate(given | {"kind": "frames"})
            tracks = About.model_validate(given | {"kind": "tracks"})
        except (StartupError, ValidationError) as error:
            raise JobError(str(error)) from error
        self.videos, self.out = videos, out
        self.frames = FaceTable(out / self.about.name, self.about)
        self.tracks = FaceTable(out / tracks.name, tracks)

    def todo(self, *, retry: bool = False) -> list[str]:
        """The videos that are not in the tables yet; with `retry` those that failed, too."""
        return [video for video in self.videos if video.startswith(STREAMS) or not self._done(video, retry)]

    def run(self, todo: Sequence[str], tick: Tick) -> Iterator[Watched]:
        """Watch the videos; each is in the tables when it is given. Raises JobError, TableError."""
        configure_logs("WARNING", "console")
        if not todo:
            return
        with sole_writer(self.out):
            for table in (self.frames, self.tracks):
                FaceTable.create(self.out, table.about).tidy()
            try:
                with Watching(self.about, self._settings) as watch:
                    for video in todo:
                        watched = self._watched(watch, video, tick)
                        if watched.frames is not None:
                            self.frames.add(watched.part, watched.frames)
                        self.tracks.add(watched.part, watched.tracks)  # last: it says that the video is done
                        yield watched
            except StartupError as error:
                raise JobError(str(error)) from error

    def kept(self, video: str) -> Watched | None:
        """What the tables hold of a video; None before it was watched, and of a stream."""
        part = _part(video)
        if not self.tracks.path(part).is_file():
            return None
        tracks = parquet.read_table(self.tracks.path(part))
        failed = tracks["problem"].null_count == 0
        return Watched(video, None if failed else parquet.read_table(self.frames.path(part)), tracks)

    def expected(self, todo: Sequence[str]) -> int:
        """About how many frames there are to look at."""
        return sum(map(self._frames_of, todo))

    def _frames_of(self, video: str) -> int:
        sampling, length = self.about.sampling or Sampling(), 0.0
        if not video.startswith(STREAMS):
            with suppress(VideoError), Footage(video) as footage:
                length = footage.seconds or 0.0
                sampling = sampling.model_copy(update={"rate": min(sampling.rate, footage.rate)})
        lengths = [some for some in (length, sampling.seconds) if some]
        return int(min(lengths, default=0) * sampling.rate)

    def _watched(self, watch: Watching, video: str, tick: Tick) -> Watched:
        name = named(video)
        try:
            with Footage(video) as footage:
                frames = watch(footage, name, tick)
        except (VideoError, ValueError) as error:
            row = failed_row(name, error, self.about) | {"video": name}
            failed = pa.Table.from_pylist([row], schema=tracks_schema(watch.schema))
            return Watched(name, None, failed)
        return Watched(name, frames, tracks_of(frames, name))

    def _done(self, video: str, retry: bool) -> bool:
        part = self.tracks.path(_part(video))
        if not part.is_file():
            return False
        return not retry or parquet.read_table(part, columns=["problem"])["problem"].null_count > 0


def _part(video: str) -> str:
    return Part((Picture(video),)).name


def named(video: str) -> str:
    """What a video is called in the tables: its address; a stream's without a password, with the time it was watched at."""
    if not video.startswith(STREAMS):
        return video
    parts = urlsplit(video)
    place = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return f"{place}@{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}"
