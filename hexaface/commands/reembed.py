"""`hexaface reembed`: move a collection to another embedder, watch, turn back, end."""

import time
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from contracts.moves import Move
from hexaface.client.clients import Client
from hexaface.client.errors import HexafaceError, ServerProblemError
from hexaface.commands.connection import ApiKey, Url, connect
from hexaface.commands.console import ERR, OUT, fail

_POLL_SECONDS = 1.0
_NOT_FOUND = 404


def reembed(
    collection: Annotated[str, typer.Argument(help="the collection")],
    to: Annotated[
        str | None,
        typer.Option(help="digest of the new model, or how it begins; else the default embedder's"),
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="let the model answer that it came from")] = False,
    end: Annotated[bool, typer.Option("--end", help="stay; remove the other model's embeddings")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="begin and return")] = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Move a collection to another embedder while it answers. The server does it; this only watches."""
    if back and end:
        fail("--back and --end exclude each other")
    with connect(url, api_key) as client:
        try:
            if end:
                client.end_move(collection)
                _await_end(client, collection)
            elif back:
                _show(client.turn_back(collection))
            else:
                move = client.move_collection(collection, to=to)
                _show(move if no_wait else _watched(client, collection))
        except HexafaceError as error:
            fail(str(error))


def _watched(client: Client, collection: str) -> Move:
    """Show the progress until the collection has moved or waits for new pictures."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERR) as progress:
        task = progress.add_task(collection)
        while (move := client.move(collection)).state == "moving":
            progress.update(task, completed=move.done, total=move.faces)
            if move.waiting and not move.pending:
                return move
            time.sleep(_POLL_SECONDS)
        progress.update(task, completed=move.done, total=move.faces)
    return move


def _show(move: Move) -> None:
    OUT.print(
        f"{move.state}: {move.model.name} {move.model.version} ({move.model.digest[:12]}) answers; "
        f"{move.done} of {move.faces} faces are embedded by {move.other.name} {move.other.version} too"
    )
    if move.waiting:
        OUT.print(f"{move.waiting} subjects need a new picture: {', '.join(move.subjects)}")


def _await_end(client: Client, collection: str) -> None:
    while True:
        try:
            client.move(collection)
        except ServerProblemError as error:
            if error.problem.status != _NOT_FOUND:
                raise
            OUT.print("ended")
            return
        time.sleep(_POLL_SECONDS)
