"""`hexaface demo`: analyse the sample photos end to end over HTTP and show the result."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from contracts.api import AnalyzeAnswer
from hexaface.commands.connection import Url, connect
from hexaface.commands.console import ERR, OUT, fail
from hexaface.drawing.overlay import annotate
from hexaface.samples import SAMPLES


def demo(
    output: Annotated[Path, typer.Option(help="where pictures and JSON go")] = Path("demo-output"),
    url: Url = None,
) -> None:
    """Analyse the sample photos: start a server, post them to it, print a table, write annotated pictures and JSON."""
    photos = sorted(SAMPLES.glob("*.jpg"))
    if not photos:
        fail(f"no sample photos in {SAMPLES}")
    output.mkdir(parents=True, exist_ok=True)
    table = Table("photo", "face", "box", "score", "age", "gender", "race", "emotion", title="HexaFace")
    with connect(url) as client:
        ERR.print(f"posting {len(photos)} photos to {client.url}/v1/analyze ...")
        for photo in photos:
            answer = client.analyze(photo)
            _add_rows(table, photo.name, answer)
            (output / f"{photo.stem}.json").write_bytes(answer.to_json())
            (output / f"{photo.stem}.png").write_bytes(annotate(photo.read_bytes(), answer))
    OUT.print(table)
    OUT.print(f"annotated pictures and JSON: {output.resolve()}", markup=False)


def _add_rows(table: Table, name: str, answer: AnalyzeAnswer) -> None:
    for i, face in enumerate(answer.faces):
        attributes, emotion, box = face.attributes, face.emotion, face.box
        race = attributes.race if attributes else None
        table.add_row(
            name if i == 0 else "",
            str(i),
            f"{box.width:.0f}x{box.height:.0f}+{box.x:.0f}+{box.y:.0f}",
            f"{face.score:.2f}",
            f"{attributes.age.years:.0f}" if attributes else "-",
            attributes.gender.label if attributes else "-",
            race.label if race else "-",
            emotion.label if emotion else "-",
        )
