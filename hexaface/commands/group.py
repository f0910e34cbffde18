"""`hexaface group`: who is the same person among the faces of a table of `hexaface bulk`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from hexaface.bulk.sources import GROUPS
from hexaface.bulk.table import FaceTable, TableError
from hexaface.commands.connection import ApiKey, Url, connect
from hexaface.commands.console import ERR, OUT, fail
from hexaface.grouping.grouping import Wishes
from hexaface.grouping.grouping import group as grouped
from hexaface.grouping.groups import FILE, Groups, write
from hexaface.grouping.naming import named
from hexaface.grouping.sheet import write_sheet
from web.logs import configure_logs


def group(
    table: Annotated[
        Path, typer.Argument(help="a table of faces, or the folder that `hexaface bulk --out` named")
    ],
    out: Annotated[
        Path | None, typer.Option(help="folder of the result; the table's folder `groups` unless given")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=-1, max=1, help="mean similarity from which on faces are one person; else by the calibration"
        ),
    ] = None,
    false_match_rate: Annotated[
        float | None,
        typer.Option(
            min=1e-12,
            max=0.1,
            help="the rate that the threshold shall have; 0.006 / sqrt(faces) unless given",
        ),
    ] = None,
    min_faces: Annotated[int, typer.Option(min=1, help="the fewest faces that make a group")] = 2,
    twice: Annotated[
        bool,
        typer.Option(
            "--twice", help="a picture may show one person twice: collages, mirrors, contact sheets"
        ),
    ] = False,
    sheet: Annotated[int, typer.Option(min=0, help="groups on the contact sheet; 0 for none")] = 200,
    collection: Annotated[
        str | None, typer.Option(help="name groups by identification in this collection of the server")
    ] = None,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Find who is the same person among faces that nobody named: groups.parquet, and a contact sheet to look at.

    Run again when the table has grown, groups keep their numbers. Nothing is sent anywhere but, with --collection,
    embeddings of a few faces of each group to the server.
    """
    if threshold is not None and false_match_rate is not None:
        fail("--threshold and --false-match-rate say the same thing: name one", 2)
    configure_logs("WARNING", "console")
    try:
        folder = out or FaceTable.open(table).folder.parent / GROUPS
        found = grouped(table, folder, Wishes(threshold, false_match_rate, min_faces, twice))
        names = _names(found, collection, url, api_key) if collection else {}
        write(folder / FILE, found, names)
        if sheet:
            _sheet(folder, found, names, sheet)
    except (TableError, OSError) as error:
        fail(str(error))
    _conclude(found, names, folder, named_by=collection)


def _names(found: Groups, collection: str, url: str | None, api_key: str | None) -> dict[int, str]:
    """Group -> the subject it shows."""
    names: dict[int, str] = {}
    with connect(url, api_key) as client, Progress(console=ERR, transient=True) as progress:
        task = progress.add_task("naming", total=len(found.members()))
        for number, name in named(found, client, collection):
            progress.advance(task)
            if name is not None:
                names[number] = name
    return names


def _sheet(folder: Path, found: Groups, names: dict[int, str], most: int) -> None:
    with Progress(console=ERR, transient=True) as progress:
        task = progress.add_task("contact sheet", total=min(most, len(found.members())))
        page = write_sheet(folder, found, names, most=most, tick=lambda: progress.advance(task))
    OUT.print(str(page), markup=False)


def _conclude(found: Groups, names: dict[int, str], folder: Path, *, named_by: str | None) -> None:
    people, poor = len(found.members()), int((~found.faces.fit).sum())
    alone = int((found.numbers == 0).sum()) - poor
    known = f", {len(names):,} of them in {named_by}" if named_by else ""
    OUT.print(
        f"{len(found.numbers):,} faces: {people:,} {'person' if people == 1 else 'people'} with several{known}, {alone:,} alone, {poor:,} too poor to "
        f"compare (threshold {found.threshold:.3f}): {folder / FILE}",
        markup=False,
    )
