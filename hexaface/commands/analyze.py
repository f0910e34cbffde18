"""`hexaface analyze`: files and folders of pictures, one line per face or a file of answers."""

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.progress import track

from contracts.api import AnalyzeAnswer, AnalyzedFace, Feature
from hexaface.client.errors import HexafaceError, UnreachableError
from hexaface.commands.connection import ApiKey, Url, connect
from hexaface.commands.console import ERR, OUT, fail, in_json, in_words
from hexaface.commands.features import features_of
from hexaface.commands.journal import Journal, OtherRunError
from hexaface.commands.patience import AtOnce, Patience, several
from hexaface.commands.pictures import annotated_path, common_folder, find_pictures
from hexaface.commands.tables import TableError, write_table
from hexaface.drawing.overlay import annotate as draw

T = TypeVar("T")

_MANY = 4  # from here on a progress bar helps more than it disturbs

_TABLES = (".csv", ".parquet")
_LINES = (".jsonl", ".ndjson")


def analyze(
    paths: Annotated[list[Path], typer.Argument(help="pictures, or folders of pictures")],
    url: Url = None,
    api_key: ApiKey = None,
    features: Annotated[
        str, typer.Option(help="comma-separated: attributes,emotion,keypoints,embedding,liveness")
    ] = "attributes,emotion,keypoints",
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object per picture and line")] = False,
    output: Annotated[
        Path | None,
        typer.Option(help="write the answers to this file, .jsonl, .csv or .parquet; run again, it goes on"),
    ] = None,
    annotate: Annotated[
        Path | None, typer.Option(help="write annotated pictures into this folder; none is overwritten")
    ] = None,
    at_once: AtOnce = 4,
) -> None:
    """Find and describe the faces of pictures. A picture that fails is named; the others go on; the exit code is 1.

    Waits where the server says so (rate limits, full queues). With --output, a run that was stopped goes on where it was;
    a table is made of FILE.jsonl beside it, which stays for the next run.
    """
    wanted = features_of(features)
    found = find_pictures(paths)
    for line in found.left_out():
        ERR.print(line, markup=False)
    if not found.files:
        fail("no pictures found; name files, or folders that hold some")
    try:
        with _journal(output, wanted) as journal:
            todo = [file for file in found.files if journal is None or not journal.holds(file)]
            if len(todo) < len(found.files):
                ERR.print(
                    f"{len(found.files) - len(todo)} of {len(found.files)} pictures are in {output} already"
                )
            show = journal.add if journal else _as_json if as_json else _as_lines
            run = _Run(wanted, annotate, common_folder(paths))
            failed = run(todo, url, api_key, at_once, show) if todo else 0
            if journal and output and output.suffix in _TABLES:
                write_table(output, journal.answers)
    except (OtherRunError, TableError) as error:
        fail(str(error))
    if failed:
        ERR.print(f"{failed} of {len(found.files)} pictures failed")
        raise typer.Exit(1)


def summary(face: AnalyzedFace) -> str:
    """A face in one line."""
    box = face.box
    parts = [f"{box.width:.0f}x{box.height:.0f} at {box.x:.0f},{box.y:.0f}", f"score {face.score:.2f}"]
    if face.attributes is not None:
        age, gender, race = face.attributes.age, face.attributes.gender, face.attributes.race
        parts.append(f"age {age.years:.0f} ({age.low:.0f}-{age.high:.0f})")
        parts.append(f"{gender.label} {gender.scores[gender.label]:.2f}")
        if race is not None:
            parts.append(f"{race.label} {race.scores[race.label]:.2f}")
    if face.emotion is not None:
        parts.append(f"{face.emotion.label} {face.emotion.scores[face.emotion.label]:.2f}")
    if face.keypoints is not None:
        pose, units = face.keypoints.pose, face.keypoints.action_units
        parts.append(f"yaw {pose.yaw:+.0f} pitch {pose.pitch:+.0f} roll {pose.roll:+.0f}")
        parts += [name for name, unit in units.items() if unit.present]
    return "  ".join(parts)


class _Run:
    """One run over pictures: the same features and the same folder for annotated pictures."""

    def __init__(self, features: Sequence[Feature], annotated: Path | None, common: Path) -> None:
        self._features = list(features)
        self._annotated = annotated
        self._common = common
        self._kept = 0

    def __call__(
        self,
        files: Sequence[Path],
        url: str | None,
        api_key: str | None,
        at_once: int,
        show: Callable[[Path, AnalyzeAnswer], None],
    ) -> int:
        """Analyse the files and show each answer; how many failed."""
        failed, patience = 0, Patience()
        with connect(url, api_key) as client:

            def one(path: Path) -> AnalyzeAnswer:
                picture = path.read_bytes()
                answer = patience(lambda: client.analyze(picture, features=self._features))
                self._draw(path, picture, answer)
                return answer

            for path, done in _watched(several(one, files, at_once), len(files)):
                try:
                    answer = done.result()
                except UnreachableError:
                    raise
                except (HexafaceError, OSError) as error:
                    ERR.print(f"[red]{path}:[/red] {in_words(error)}")
                    failed += 1
                else:
                    show(path, answer)
                    for problem in answer.problems:
                        ERR.print(f"[yellow]{path}: {problem.feature}:[/yellow] {problem.detail}")
        if self._kept:
            ERR.print(f"{self._kept} annotated pictures were there already and stay as they are")
        return failed

    def _draw(self, path: Path, picture: bytes, answer: AnalyzeAnswer) -> None:
        if self._annotated is None:
            return
        target = annotated_path(path, self._common, self._annotated)
        if target.exists():
            self._kept += 1
            return
        try:
            drawn = draw(picture, answer)
        except OSError:  # Pillow's, of a format that it does not know here
            ERR.print(
                f"{path}: analysed, not drawn: Pillow cannot read it (HEIC needs pip install pi-heif)",
                markup=False,
            )
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(drawn)


def _watched(work: Iterable[T], total: int) -> Iterable[T]:
    if total < _MANY or not sys.stderr.isatty():
        return work
    return track(work, "analysing", total=total, console=ERR, transient=True)


def _journal(output: Path | None, features: Sequence[Feature]) -> "Journal | nullcontext[None]":
    if output is None:
        return nullcontext()
    if output.suffix not in _LINES + _TABLES:
        fail(f"{output.name} ends in none of {', '.join(_LINES + _TABLES)}")
    return Journal(output if output.suffix in _LINES else output.with_name(f"{output.name}.jsonl"), features)


def _as_json(path: Path, answer: AnalyzeAnswer) -> None:
    OUT.print(in_json(path, answer), markup=False)


def _as_lines(path: Path, answer: AnalyzeAnswer) -> None:
    if not answer.faces:
        OUT.print(f"{path}: no face", markup=False)
    for i, face in enumerate(answer.faces):
        OUT.print(f"{path} #{i}: {summary(face)}", markup=False)
