"""`hexaface verify` and `hexaface identify`: are these two the same person, and who is this?"""

from pathlib import Path
from typing import Annotated

import typer

from contracts.identity import FaceChoice, IdentifyAnswer
from hexaface.client.errors import HexafaceError, UnreachableError
from hexaface.commands.connection import ApiKey, Url, connect
from hexaface.commands.console import ERR, OUT, fail, in_json, in_words
from hexaface.commands.patience import AtOnce, Patience, several
from hexaface.commands.pictures import find_pictures

_Json = Annotated[bool, typer.Option("--json", help="the whole answer as one JSON object")]
_RequireLive = Annotated[
    float | None,
    typer.Option(
        min=0, max=1, help="refuse a face that scores less in liveness (advisory; 0.78 is measured)"
    ),
]
_DIFFERENT, _FAILED = 1, 3


def verify(
    image_a: Annotated[Path, typer.Argument(help="a picture with one face")],
    image_b: Annotated[Path, typer.Argument(help="another")],
    false_match_rate: Annotated[float, typer.Option(help="0.01, 0.001 or 0.0001")] = 0.001,
    largest: Annotated[bool, typer.Option("--largest", help="of several faces, take the largest")] = False,
    require_live: _RequireLive = None,
    json: _Json = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Compare two pictures. Exit code 0: the same person; 1: different people; 2: wrong usage; 3: it could not be told."""
    choice: FaceChoice = "largest" if largest else "only"
    with connect(url, api_key, code=_FAILED) as client:
        try:
            found = client.verify(
                image_a,
                image_b,
                false_match_rate=false_match_rate,
                face=choice,
                require_live=require_live,
            )
        except UnreachableError:
            raise
        except (HexafaceError, OSError) as error:
            fail(in_words(error), _FAILED)
    if json:
        OUT.print(found.to_json().decode(), markup=False)
    else:
        verdict = "the same person" if found.verified else "different people"
        sure = f", probability {found.probability:.3f}" if found.probability is not None else ""
        for name, face in zip(("first", "second"), found.faces, strict=True):
            if face.warnings:
                ERR.print(
                    f"the {name} face is {', '.join(face.warnings)}: the rate does not hold", markup=False
                )
        OUT.print(
            f"{verdict}: similarity {found.similarity:.3f}, threshold {found.threshold:.3f} "
            f"(false match rate {found.false_match_rate:g}){sure}"
        )
    if not found.verified:
        raise typer.Exit(_DIFFERENT)


def identify(
    paths: Annotated[list[Path], typer.Argument(help="pictures, or folders of pictures")],
    collection: Annotated[str, typer.Option(help="the collection of enrolled people")],
    top_k: Annotated[int, typer.Option(help="candidates per face", min=1, max=100)] = 3,
    require_live: _RequireLive = None,
    json: Annotated[bool, typer.Option("--json", help="one JSON object per picture and line")] = False,
    url: Url = None,
    api_key: ApiKey = None,
    at_once: AtOnce = 4,
) -> None:
    """Say who is on pictures. A picture that fails is named; the others go on; the exit code is 1."""
    found, failed, patience = find_pictures(paths), 0, Patience()
    for line in found.left_out():
        ERR.print(line, markup=False)
    if not found.files:
        fail("no pictures found; name files, or folders that hold some")
    with connect(url, api_key) as client:

        def one(path: Path) -> IdentifyAnswer:
            picture = path.read_bytes()
            return patience(
                lambda: client.identify(collection, picture, top_k=top_k, require_live=require_live)
            )

        for path, done in several(one, found.files, at_once):
            try:
                answer = done.result()
            except UnreachableError:
                raise
            except (HexafaceError, OSError) as error:
                ERR.print(f"{path}: {in_words(error)}", markup=False)
                failed += 1
            else:
                OUT.print(in_json(path, answer) if json else _lines(path, answer), markup=False)
    if failed:
        raise typer.Exit(1)


def _lines(path: Path, found: IdentifyAnswer) -> str:
    lines = []
    for i, face in enumerate(found.faces):
        who = ", ".join(f"{c.subject} {c.similarity:.3f}" for c in face.candidates) or "nobody enrolled"
        warned = f"  ({', '.join(face.warnings)})" if face.warnings else ""
        lines.append(f"{path} #{i}: {face.decision}  {who}{warned}")
    return "\n".join(lines) or f"{path}: no face"
