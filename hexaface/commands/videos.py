"""The videos among the sources of `hexaface bulk`: each watched, and written again with what was found if wanted."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from hexaface.bulk.about import About
from hexaface.bulk.job import JobError
from hexaface.bulk.progress import watching
from hexaface.bulk.sources import ANNOTATED
from hexaface.bulk.table import sole_writer
from hexaface.bulk.videos.sampling import STREAMS, Sampling
from hexaface.commands.console import ERR, OUT
from hexaface.drawing.overlay import draw_faces

if TYPE_CHECKING:
    from hexaface.bulk.videos.annotating import Pixels, Shown
    from hexaface.bulk.videos.job import VideoJob, Watched


def watch(
    videos: Sequence[str],
    out: Path,
    about: About,
    sampling: Sampling,
    *,
    annotated: bool,
    retry: bool,
    dry_run: bool,
) -> int:
    """Watch videos for the features and faces of `about`; how many failed. Raises JobError, TableError."""
    try:
        from hexaface.bulk.videos.job import VideoJob  # noqa: PLC0415  # PyAV is an extra of its own
    except ModuleNotFoundError as error:
        raise JobError(f"videos need {error.name}: pip install 'hexaface-server[video]'") from error
    if annotated and any(video.startswith(STREAMS) for video in videos):
        raise JobError("a stream is gone once it was watched: --annotate takes files only")
    job = VideoJob(videos, out, features=about.features, detect=about.detect, sampling=sampling)
    todo, failed = job.todo(retry=retry), 0
    ERR.print(f"{len(videos):,} videos, {len(videos) - len(todo):,} of them in the tables already")
    if dry_run:
        OUT.print(f"{len(todo):,} videos to do, into {job.tracks.folder}")
        return 0
    with watching(job.expected(todo), "frames", ERR) as tick:
        for watched in job.run(todo, tick):
            failed += watched.problem is not None
            _say(watched)
    if annotated:
        failed += _annotate(job, sampling.seconds)
    OUT.print(f"people: {job.tracks.folder}\nframes: {job.frames.folder}", markup=False)
    return failed


def _say(watched: "Watched") -> None:
    said = watched.problem or f"{watched.length:.1f} s, {watched.looked_at:,} frames, {watched.people} people"
    OUT.print(f"{watched.video}: {said}", markup=False)


def _annotate(job: "VideoJob", seconds: float | None) -> int:
    """Draw into all videos of the tables that are not drawn into yet; how many could not be."""
    from hexaface.bulk.videos.annotating import annotate  # noqa: PLC0415  # PyAV is an extra of its own
    from hexaface.bulk.videos.footage import VideoError  # noqa: PLC0415

    folder, failed = job.out / ANNOTATED, 0
    with sole_writer(job.out):
        folder.mkdir(exist_ok=True)
        for watched in filter(None, map(job.kept, job.videos)):
            target = folder / f"{Path(watched.video).stem}-{job.tracks.folder.name}-{watched.part}.mp4"
            if watched.frames is None or target.is_file():
                continue
            try:
                annotate(watched.video, watched.frames, watched.tracks, _drawn, target, seconds=seconds)
                OUT.print(f"annotated: {target}", markup=False)
            except (VideoError, OSError) as error:
                failed += 1
                ERR.print(f"{watched.video} could not be annotated: {error}", markup=False)
    return failed


def _drawn(pixels: "Pixels", there: "Sequence[Shown]") -> "Pixels":
    if not there:
        return pixels
    texts = [[f"#{shown.track}  {shown.said}", f"#{shown.track}"] for shown in there]
    faces, tracks = [shown.face for shown in there], [shown.track for shown in there]
    return np.asarray(draw_faces(Image.fromarray(pixels), faces, texts, tracks))
