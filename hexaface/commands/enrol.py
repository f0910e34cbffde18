"""`hexaface enrol`: a folder of pictures becomes a collection of people."""

import hashlib
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from contracts.identity import OnConflict
from contracts.options import EnrolOptions
from hexaface.client.clients import Client
from hexaface.client.errors import HexafaceError, ServerProblemError, UnreachableError
from hexaface.commands.connection import ApiKey, Url, connect
from hexaface.commands.console import ERR, OUT, fail, in_words
from hexaface.commands.pictures import SUFFIXES

# As many as the server works on at once for one bulk enrolment.
_AT_ONCE = 4
_CONFLICT = 409
# `ann.jpg`, `ann_2.jpg`, `ann-03.png`: all of ann.
BY_FILE_NAME = r"(?P<subject>.+?)(?:[ _-]?\d+)?"


@dataclass(frozen=True)
class Portrait:
    """A picture file, whose it is by id and by name."""

    path: Path
    subject: str
    name: str


def enrol(
    folder: Annotated[Path, typer.Argument(help="one folder per person, or pictures named after people")],
    collection: Annotated[str, typer.Option(help="the collection; created when it is not there")],
    pattern: Annotated[
        str, typer.Option(help="regular expression with a group `subject`, for the names of loose files")
    ] = BY_FILE_NAME,
    flag: Annotated[bool, typer.Option("--flag", help="enrol poor pictures too, with warnings")] = False,
    on_conflict: Annotated[
        OnConflict, typer.Option(help="a face that matches another person: refuse it, say so, or do not look")
    ] = "flag",
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Enrol the people of a folder. A picture that fails is named, the others go on, the exit code is 1.

    Running it again within a day enrols nothing twice.
    """
    portraits = list(find_portraits(folder, pattern))
    if not portraits:
        fail(f"{folder} holds no pictures of people")
    options = EnrolOptions(
        on_low_quality="flag" if flag else "reject", face="largest", on_conflict=on_conflict
    )
    with connect(url, api_key) as client, ThreadPoolExecutor(_AT_ONCE) as pool:
        _ensure(lambda: client.create_collection(collection))
        people = {portrait.subject: portrait.name for portrait in portraits}
        for subject, name in people.items():
            _ensure(partial(client.create_subject, collection, subject, name=name))
        results = pool.map(lambda portrait: _enrol(client, collection, portrait, options), portraits)
        shown = track(
            results,
            "enrolling",
            total=len(portraits),
            console=ERR,
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        failures = [failure for failure in shown if failure]
    for failure in failures:
        ERR.print(failure, markup=False)
    OUT.print(
        f"{len(portraits) - len(failures)} of {len(portraits)} pictures of {len(people)} people are in {collection}"
    )
    if failures:
        raise typer.Exit(1)


def find_portraits(folder: Path, pattern: str) -> Iterator[Portrait]:
    """The pictures of a folder: in sub-folders named after people, or named after them by `pattern`."""
    try:
        by_name = re.compile(pattern)
    except re.error as error:
        fail(f"--pattern is not a regular expression: {error}")
    if "subject" not in by_name.groupindex:
        fail("--pattern needs a group named subject, like (?P<subject>[a-z]+)")
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        inner = path.relative_to(folder).parts[:-1]
        match = by_name.fullmatch(path.stem)
        name = inner[0] if inner else match and match["subject"]
        if not name:
            ERR.print(f"{path}: the name does not fit --pattern", markup=False)
            continue
        yield Portrait(path, subject_id(name), name)


def subject_id(name: str) -> str:
    """A name as an id: what ids must not hold becomes an underscore."""
    return re.sub(r"[^A-Za-z0-9._@-]+", "_", name).strip("._@-")[:128] or "unnamed"


def _ensure(create: Callable[[], object]) -> None:
    """Create what may be there already."""
    try:
        create()
    except ServerProblemError as error:
        if error.problem.status != _CONFLICT:
            fail(str(error))


def _enrol(client: Client, collection: str, portrait: Portrait, options: EnrolOptions) -> str | None:
    """Enrol one picture; why that failed, if it did."""
    try:
        picture = portrait.path.read_bytes()
        key = hashlib.sha256(
            "\0".join((collection, portrait.subject, str(options.model_dump(exclude_unset=True)))).encode()
            + picture
        ).hexdigest()
        enrolled = client.enrol(
            collection,
            portrait.subject,
            picture,
            idempotency_key=key,
            on_low_quality=options.on_low_quality,
            face=options.face,
            on_conflict=options.on_conflict,
        )
    except UnreachableError:
        raise
    except (HexafaceError, OSError) as error:
        return f"{portrait.path}: {in_words(error)}"
    for other in enrolled.conflicts or []:
        ERR.print(
            f"{portrait.path}: enrolled, but looks like {other.subject} too (similarity {other.similarity:.2f})",
            markup=False,
        )
    return None
