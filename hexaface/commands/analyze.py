"""`hexaface analyze`: files and folders of pictures, one line per face."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from contracts.api import AnalyzeAnswer, AnalyzedFace, Feature
from hexaface.client.clients import Client
from hexaface.client.errors import HexafaceError, UnreachableError
from hexaface.commands.connection import ApiKey, Url, connect
from hexaface.commands.console import ERR, OUT, fail
from hexaface.drawing.overlay import annotate as draw

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
_MANY = 4  # from here on a progress bar helps more than it disturbs

_ALL: tuple[Feature, ...] = ("attributes", "emotion", "keypoints", "embedding")


def analyze(
    paths: Annotated[list[Path], typer.Argument(help="pictures, or folders of pictures")],
    url: Url = None,
    api_key: ApiKey = None,
    features: Annotated[
        str, typer.Option(help="comma-separated: attributes,emotion,keypoints,embedding")
    ] = "attributes,emotion,keypoints",
    json: Annotated[bool, typer.Option("--json", help="one JSON object per picture and line")] = False,
    annotate: Annotated[Path | None, typer.Option(help="write annotated pictures into this folder")] = None,
) -> None:
    """Find and describe the faces of pictures. A picture that fails is named; the others go on; the exit code is 1."""
    wanted = _features(features)
    files = list(_files(paths))
    if not files:
        fail("no pictures found; name files, or folders that hold " + ", ".join(sorted(SUFFIXES)))
    failed = 0
    with connect(url, api_key) as client:
        shown = (
            track(files, "analysing", console=ERR, transient=True)
            if len(files) >= _MANY and sys.stderr.isatty()
            else files
        )
        for path in shown:
            failed += not _analyze_one(client, path, wanted, as_json=json, folder=annotate)
    if failed:
        ERR.print(f"{failed} of {len(files)} pictures failed")
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


def _analyze_one(
    client: Client, path: Path, features: list[Feature], *, as_json: bool, folder: Path | None
) -> bool:
    try:
        picture = path.read_bytes()
        answer = client.analyze(picture, features=features)
        _report(path, answer, as_json=as_json)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{path.stem}.annotated.png").write_bytes(draw(picture, answer))
    except UnreachableError:
        raise
    except (HexafaceError, OSError) as error:
        ERR.print(f"[red]{path}:[/red] {error}")
        return False
    return True


def _report(path: Path, answer: AnalyzeAnswer, *, as_json: bool) -> None:
    if as_json:
        OUT.print(f'{{"file": {_quoted(path)}, "answer": {answer.to_json().decode()}}}', markup=False)
        return
    if not answer.faces:
        OUT.print(f"{path}: no face", markup=False)
    for i, face in enumerate(answer.faces):
        OUT.print(f"{path} #{i}: {summary(face)}", markup=False)
    for problem in answer.problems:
        ERR.print(f"[yellow]{path}: {problem.feature}:[/yellow] {problem.detail}")


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        else:
            yield path


def _features(text: str) -> list[Feature]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in _ALL]
    if unknown:
        fail(f"unknown feature {unknown[0]!r}; there are {', '.join(_ALL)}")
    return [feature for feature in _ALL if feature in names]


def _quoted(path: Path) -> str:
    import json  # noqa: PLC0415  # the option of this name shadows it at module level

    return json.dumps(str(path))
