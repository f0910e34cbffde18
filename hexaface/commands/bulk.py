"""`hexaface bulk`: folders, tables and object stores of pictures to one table of faces."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from contracts.detection import DetectOptions, Mode
from hexaface.bulk.about import About
from hexaface.bulk.job import Job, JobError, Outcome
from hexaface.bulk.progress import watching
from hexaface.bulk.table import TableError
from hexaface.bulk.videos.sampling import Sampling
from hexaface.commands.console import ERR, OUT, fail
from hexaface.commands.features import features_of
from hexaface.commands.videos import watch

_USAGE, _SOME_FAILED, _INTERRUPTED = 2, 3, 130


def bulk(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="folders, globs, pictures, videos, .parquet tables, .txt lists of addresses; here or at s3://, gs://, https://..., rtsp://",
        ),
    ],
    out: Annotated[Path, typer.Option(help="folder of the table; run again, it goes on")],
    features: Annotated[
        str, typer.Option(help="comma-separated: attributes,emotion,keypoints,embedding,liveness")
    ] = "attributes,emotion,keypoints,embedding",
    min_size: Annotated[float, typer.Option(min=0, help="shortest side of a face's box, pixels")] = 0,
    mode: Annotated[
        str | None, typer.Option(help="fast, balanced or thorough: speed against small faces")
    ] = None,
    column: Annotated[
        str | None, typer.Option(help="of a table: the paths, or the pictures themselves")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="only so many pictures, drawn by lot; the same ones each time")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="processes, or actors of --ray; one per core unless given")
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(help="a Ray cluster in place of this machine: auto, or host:6379 of its head"),
    ] = None,
    fps: Annotated[float, typer.Option(min=0.01, help="of videos: at most so many frames a second")] = 5.0,
    change: Annotated[
        float | None,
        typer.Option(
            min=0.001, max=1, help="of videos: only frames some part of which changed so much, such as 0.05"
        ),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="of videos and streams: no longer than this")
    ] = None,
    annotate: Annotated[
        bool, typer.Option("--annotate", help="of videos: write them with what was found")
    ] = False,
    retry: Annotated[bool, typer.Option(help="try the pictures again that failed")] = False,
    dry_run: Annotated[bool, typer.Option(help="say what there is to do, and do nothing")] = False,
) -> None:
    """Analyse many pictures without a server, into Parquet: a row per face, and per picture without faces or that failed.

    Stopped at any moment, the same command goes on where it was. Ends with 0 when every picture was analysed, 3 when
    some failed (their rows say why), 1 when the job could not be done.
    """
    try:
        detect = DetectOptions(min_size=min_size, mode=_mode(mode))
        job = Job(sources, out, features=features_of(features), detect=detect, column=column, sample=sample)
        if not job.found.pictures and not job.found.videos:
            fail("no pictures found; name files, tables, or folders that hold pictures")
        failed = 0
        if job.found.pictures:
            failed = _analyse(job, workers, ray, retry=retry, dry_run=dry_run)
        if job.found.videos:
            sampling = Sampling(rate=fps, change=change, seconds=seconds)
            failed += watch(
                job.found.videos, out, job.about, sampling, annotated=annotate, retry=retry, dry_run=dry_run
            )
        if failed:
            raise typer.Exit(_SOME_FAILED)
    except (JobError, TableError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        fail("stopped; the same command goes on where it was", _INTERRUPTED)


def _analyse(job: Job, workers: int | None, ray: str | None, *, retry: bool, dry_run: bool) -> int:
    """Analyse the pictures; how many failed."""
    _introduce(job)
    if dry_run:
        OUT.print(f"{len(job.todo()):,} pictures to do, into {job.folder}")
        return 0
    with job.writing(retry=retry) as todo, watching(len(todo), "pictures", ERR) as tick:
        engine = job.cluster(ray, workers) if ray else job.workers(workers)
        return _conclude(job, job.run(todo, engine, tick))


def _mode(text: str | None) -> Mode | None:
    modes: tuple[Mode, ...] = get_args(Mode)
    if text is not None and text not in modes:
        fail(f"unknown mode {text!r}; there are {', '.join(modes)}", _USAGE)
    return next((mode for mode in modes if mode == text), None)


def _introduce(job: Job) -> None:
    """Say what was found, and when this is another table than those that are there."""
    ERR.print(f"{len(job.found.pictures):,} pictures, {job.found.skipped:,} other files")
    for other in job.others():
        ERR.print(
            f"{other.name} in the same folder has other {' and '.join(_differences(job.about, other))}; "
            f"this is a table of its own: {job.about.name}"
        )


def _differences(one: About, other: About) -> list[str]:
    fields = [name for name in About.model_fields if getattr(one, name) != getattr(other, name)]
    return ["options" if name == "detect" else name for name in fields]


def _conclude(job: Job, outcome: Outcome) -> int:
    """Say what came of it; how many pictures failed."""
    failed = outcome.problems.total()
    OUT.print(f"{outcome.pictures:,} pictures, {outcome.faces:,} faces, {failed:,} failed: {job.folder}")
    for problem, count in outcome.problems.most_common():
        ERR.print(f"  {problem}: {count:,}")
    return failed
