"""The videos among the sources of `hexaface bulk`: each watched, and written again with what was found if wanted."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from hexaface.bulk.about import About
from hexaface.bulk.job import JobError
from hexaface.bulk.progress import watching
from hexaface.bulk.videos.sampling import STREAMS, Sampling
from hexaface.commands.console import ERR, OUT
from hexaface.drawing.overlay import draw_faces

if TYPE_CHECKING:
    from hexaface.bulk.videos.annotating import Pixels, Shown
    from hexaface.bulk.videos.job import Watched

ANNOTATED = "annotated"


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
    with watching(job.expected(todo), ERR) as tick:
        for watched in job.run(todo, tick):
            failed += watched.problem is not None
            _say(watched)
            if annotated:
                _annotate(watched, out / ANNOTATED, sampling.seconds)
    OUT.print(f"people: {job.tracks.folder}\nframes: {job.frames.folder}", markup=False)
    return failed


def _say(watched: "Watched") -> None:
    said = watched.problem or f"{watched.length:.1f} s, {watched.looked_at:,} frames, {watched.people} people"
    OUT.print(f"{watched.video}: {said}", markup=False)


def _annotate(watched: "Watched", folder: Path, seconds: float | None) -> None:
    if watched.frames is None:
        return
    from hexaface.bulk.videos.annotating import annotate  # noqa: PLC0415  # PyAV is an extra of its own

    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{Path(watched.video).stem}-{watched.part}.mp4"
    annotate(watched.video, watched.frames, watched.tracks, _drawn, target, seconds=seconds)
    OUT.print(f"annotated: {target}", markup=False)


def _drawn(pixels: "Pixels", there: "Sequence[Shown]") -> "Pixels":
    if not there:
        return pixels
    texts = [[f"#{shown.track}  {shown.said}", f"#{shown.track}"] for shown in there]
    faces, tracks = [shown.face for shown in there], [shown.track for shown in there]
    return np.asarray(draw_faces(Image.fromarray(pixels), faces, texts, tracks))
