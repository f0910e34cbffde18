"""`hexaface check`: who of a collection should be looked at again?"""

from typing import Annotated

import typer

from contracts.collections import DoubtfulSubject
from hexaface.client.errors import HexafaceError
from hexaface.commands.connection import ApiKey, Url, connect
from hexaface.commands.console import ERR, OUT, fail

_DOUBTFUL = 1


def check(
    collection: Annotated[str, typer.Argument(help="the collection")],
    false_positive_rate: Annotated[
        float, typer.Option(help="share of subjects that may look like another by mere chance")
    ] = 0.001,
    json: Annotated[
        bool, typer.Option("--json", help="one JSON object per doubtful subject and line")
    ] = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """List subjects that look like one person, and faces that look like nobody of their subject's other faces.

    Nothing is changed. Exit code 0: nothing found; 1: something to look at.
    """
    checked = doubtful = 0
    after: str | None = ""
    with connect(url, api_key) as client:
        while after is not None:
            try:
                page = client.check_collection(
                    collection, after=after, false_positive_rate=false_positive_rate
                )
            except HexafaceError as error:
                fail(str(error))
            for subject in page.subjects:
                lines = [subject.to_json().decode()] if json else _lines(subject)
                OUT.print("\n".join(lines), markup=False, soft_wrap=True)
            checked, doubtful, after = checked + page.checked, doubtful + len(page.subjects), page.next
    ERR.print(f"{checked} subjects looked at, {doubtful} to look at again")
    if doubtful:
        raise typer.Exit(_DOUBTFUL)


def _lines(subject: DoubtfulSubject) -> list[str]:
    alike = [
        f"{subject.subject} and {other.subject} look like one person: similarity {other.similarity:.2f}"
        for other in subject.alike
    ]
    odd = [
        f"{subject.subject}: face {face.face_id} fits none of the others: similarity {face.similarity:.2f}"
        for face in subject.odd_faces
    ]
    return alike + odd
