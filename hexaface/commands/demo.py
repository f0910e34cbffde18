"""`hexaface demo`: a crowd, and a person who is enrolled from one picture and found in another, end to end over HTTP."""

import json
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich.table import Table

from contracts.api import AnalyzeAnswer
from contracts.faces import Face
from contracts.identity import IdentifyAnswer
from hexaface.client.clients import Client
from hexaface.commands.analyze import summary
from hexaface.commands.connection import ApiKey, Url, connect
from hexaface.commands.console import ERR, OUT
from hexaface.drawing.overlay import annotate
from hexaface.samples import SAMPLES

CROWD = SAMPLES / "solvay_1927.jpg"
PORTRAIT, OTHER_PORTRAIT = SAMPLES / "obama_portrait_2012.jpg", SAMPLES / "obama_2009.jpg"
MEETING = SAMPLES / "cabinet_meeting_2013.jpg"
_SHOWN = 5


def demo(
    output: Annotated[Path, typer.Option(help="where pictures and JSON go")] = Path("demo-output"),
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Analyse the sample photos: a crowd, a portrait, and a person who is found again in a meeting.

    Starts a server unless one is named, and writes annotated pictures and the answers as JSON.
    """
    output.mkdir(parents=True, exist_ok=True)
    with connect(url, api_key) as client:
        ERR.print(f"asking {client.url} ...")
        crowd = client.analyze(CROWD)
        portrait = client.analyze(PORTRAIT)
        with _enrolled(client) as collection:
            found = client.identify(collection, MEETING)
            again = client.verify(PORTRAIT, OTHER_PORTRAIT)
    _tell_crowd(crowd)
    _tell_identity(found)
    told = "the same person" if again.verified else "not told to be the same person"
    OUT.print(
        f"{PORTRAIT.name} and {OTHER_PORTRAIT.name}: {told}, similarity {again.similarity:.2f} against a threshold of "
        f"{again.threshold:.2f} (one false match in {1 / (again.false_match_rate or 1):,.0f})\n"
    )
    _tell_json(portrait)
    pictures: dict[Path, AnalyzeAnswer | IdentifyAnswer] = {CROWD: crowd, PORTRAIT: portrait, MEETING: found}
    for path, answer in pictures.items():
        (output / f"{path.stem}.json").write_bytes(answer.to_json())
        (output / f"{path.stem}.png").write_bytes(annotate(path.read_bytes(), answer))
    OUT.print(f"annotated pictures and JSON: {output.resolve()}", markup=False)
    OUT.print(
        "Photographs in the public domain (White House; B. Couprie); no endorsement by anybody on them is implied."
    )


@contextmanager
def _enrolled(client: Client) -> Iterator[str]:
    """A collection with one person, enrolled from one portrait; gone afterwards."""
    collection = f"demo-{secrets.token_hex(4)}"
    client.create_collection(collection, description="made and deleted by `hexaface demo`")
    try:
        client.create_subject(collection, "obama", name="Barack Obama")
        client.enrol(collection, "obama", PORTRAIT)
        yield collection
    finally:
        client.delete_collection(collection)


def _tell_crowd(answer: AnalyzeAnswer) -> None:
    size, faces = answer.image, answer.faces
    OUT.print(
        f"\n{CROWD.name}: {len(faces)} faces in {size.width} x {size.height} pixels, all described in "
        f"{answer.timings_ms['total'] / 1e3:.1f} s",
        style="bold",
    )
    ages = sorted(face.attributes.age.years for face in faces if face.attributes)
    moods = Counter(face.emotion.label for face in faces if face.emotion)
    if ages:
        OUT.print(f"  ages {ages[0]:.0f} to {ages[-1]:.0f}, half of them under {median(ages):.0f}")
    OUT.print(f"  expressions: {', '.join(f'{label} {count}' for label, count in moods.most_common())}")
    for index, face in enumerate(faces[:_SHOWN]):
        OUT.print(f"  #{index}  {summary(face)}", markup=False)
    OUT.print(f"  ... and {len(faces) - _SHOWN} more\n" if len(faces) > _SHOWN else "")


def _tell_identity(answer: IdentifyAnswer) -> None:
    OUT.print(f"{MEETING.name}: who of {len(answer.faces)} is the person on {PORTRAIT.name}?", style="bold")
    table = Table("face", "box", "decision", "candidate", "similarity")
    for index, face in enumerate(answer.faces):
        best, box = face.candidates[0] if face.candidates else None, face.narrowed(Face).box
        table.add_row(
            f"#{index}",
            f"{box.width:.0f}x{box.height:.0f}+{box.x:.0f}+{box.y:.0f}",
            f"[green]{face.decision}[/green]" if face.decision == "match" else face.decision,
            (best.name or best.subject) if best and face.decision != "unknown" else "-",
            f"{best.similarity:.2f}" if best else "-",
        )
    OUT.print(table)
    OUT.print(f"A match from {answer.threshold:.2f} on: one stranger in a hundred would get there.")


def _tell_json(answer: AnalyzeAnswer) -> None:
    """The answer about the portrait, a line per part of it and without the points."""
    OUT.print(f"{PORTRAIT.name} as JSON, shortened:", style="bold")
    for face in answer.faces:
        parts = face.model_dump(mode="json", exclude_none=True, exclude={"landmarks", "quality"})
        keypoints = parts.pop("keypoints", {})
        units = keypoints.get("action_units", {}).items()
        parts["action_units"] = {name: unit["intensity"] for name, unit in units if unit["present"]}
        parts |= {name: keypoints[name] for name in ("pose", "gaze") if name in keypoints}
        for name, part in parts.pop("attributes", {}).items():
            OUT.print(f'  "{name}": {json.dumps(_rounded(part))}', markup=False)
        for name, part in parts.items():
            OUT.print(f'  "{name}": {json.dumps(_rounded(part))}', markup=False)
    OUT.print()


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {name: _rounded(member) for name, member in value.items()}
    return round(value, 2) if isinstance(value, float) else value
