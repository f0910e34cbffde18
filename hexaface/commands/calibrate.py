"""`hexaface calibrate`: the thresholds that hold on pictures of one's own."""

import csv
import sys
from base64 import b64decode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.progress import track
from rich.table import Table

from hexaface.client import calls
from hexaface.client.clients import Client
from hexaface.client.errors import HexafaceError, UnreachableError
from hexaface.commands.connection import ApiKey, Url, connect
from hexaface.commands.console import ERR, OUT, fail, in_words
from hexaface.commands.enrol import BY_FILE_NAME, Portrait, find_portraits, subject_id
from hexaface.commands.thresholds import RATES, Floats, Pairs

_AT_ONCE = 4
GROUPS = "groups.csv"
"""In the folder: a line `person,group` for each person; the person as the folder or the file name has it."""


def calibrate(
    folder: Annotated[Path, typer.Argument(help="one folder per person, or pictures named after people")],
    pattern: Annotated[
        str, typer.Option(help="regular expression with a group `subject`, for the names of loose files")
    ] = BY_FILE_NAME,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Find the thresholds for your own pictures. The largest face of each counts; nothing is stored or cached.

    With a file groups.csv in the folder (lines `person,group`) also how often people of one group are mixed up.
    """
    groups = _groups(folder / GROUPS)
    portraits = list(find_portraits(folder, pattern))
    with connect(url, api_key) as client, ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(lambda portrait: _embedded(client, portrait), portraits)
        shown = track(
            found,
            "embedding",
            total=len(portraits),
            console=ERR,
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        seen = [
            (embedding, p.subject)
            for embedding, p in zip(shown, portraits, strict=True)
            if embedding is not None
        ]
        built_in = _built_in(client)
    people = [subject for _, subject in seen]
    if len(set(people)) < 2 or len(set(people)) == len(people):  # noqa: PLR2004  # a pair
        fail("pictures of at least two people are needed, and two pictures of one of them")
    pairs = Pairs(np.stack([embedding for embedding, _ in seen]), people)
    OUT.print(
        f"{len(seen)} of {len(portraits)} pictures of {len(set(people))} people: {pairs.impostors:,} pairs of different "
        f"people, {len(pairs.genuine):,} of the same"
    )
    OUT.print(_table(pairs, built_in))
    if groups:
        OUT.print(_by_group(pairs, groups, built_in))
    OUT.print(
        "To use a threshold of your own, send it with each request: threshold=... to /v1/verify and to identify. In a "
        "collection of N faces a stranger has N chances: for identify take a rate N times smaller."
    )


def _groups(path: Path) -> dict[str, str]:
    """Person -> group as `groups.csv` says; empty without one."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.reader(file) if line]
    if any(len(line) != 2 for line in lines):  # noqa: PLR2004  # person and group
        fail(f"{path}: every line is person,group")
    return {subject_id(person.strip()): group.strip() for person, group in lines}


def _by_group(pairs: Pairs, groups: Mapping[str, str], built_in: Mapping[float, float]) -> Table:
    """False matches between different people of one group, at the built-in thresholds."""
    rates = [rate for rate in RATES if rate in built_in]
    table = Table("within a group", "pairs", *(f"at {rate:g}" for rate in rates))
    for group, similarities in pairs.within(groups).items():
        shares = (
            f"{(similarities >= built_in[rate]).mean():.5f}" if len(similarities) else "-" for rate in rates
        )
        table.add_row(group, f"{len(similarities):,}", *shares)
    return table


def _embedded(client: Client, portrait: Portrait) -> Floats | None:
    """The embedding of a picture's largest face; None, with a line that says why, when there is none."""
    try:
        asked = replace(calls.embed(portrait.path, encoding="base64"), headers={"Cache-Control": "no-store"})
        faces = client.send(asked).faces
    except UnreachableError:
        raise
    except (HexafaceError, OSError) as error:
        ERR.print(f"{portrait.path}: {in_words(error)}", markup=False)
        return None
    if not faces:
        ERR.print(f"{portrait.path}: no face", markup=False)
        return None
    largest = max(faces, key=lambda face: face.box.width * face.box.height)
    return np.frombuffer(b64decode(str(largest.embedding.values)), "<f4")


def _built_in(client: Client) -> dict[float, float]:
    """False match rate -> the embedder's own threshold."""
    calibration = next((m.calibration for m in client.models().models if m.task == "embedder"), None)
    return {t["false_match_rate"]: t["cosine"] for t in (calibration or {}).get("thresholds", [])}


def _table(pairs: Pairs, built_in: dict[float, float]) -> Table:
    table = Table(
        "false match rate", "your threshold (95 %)", "recognised", "built in", "false matches at it"
    )
    for rate in RATES:
        own, theirs = pairs.threshold(rate), built_in.get(rate)
        table.add_row(
            f"{rate:g}",
            f"{own.similarity:.3f} ({own.low:.3f}-{own.high:.3f})" if own else "too few pairs",
            f"{pairs.true_match_rate(own.similarity):.3f}" if own else "-",
            f"{theirs:.3f}" if theirs is not None else "-",
            f"{pairs.false_match_rate(theirs):.5f}" if theirs is not None else "-",
        )
    return table
