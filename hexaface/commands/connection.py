"""The server a command talks to: the one that was named, or one of its own for as long as it runs."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from hexaface.client.clients import Client
from hexaface.client.errors import HexafaceError
from hexaface.commands.console import fail
from hexaface.commands.own_server import OwnServer

Url = Annotated[
    str | None, typer.Option(envvar="HEXAFACE_URL", help="the server; without one, this machine itself")
]
ApiKey = Annotated[str | None, typer.Option(envvar="HEXAFACE_API_KEY", help="where the server wants one")]


@contextmanager
def connect(url: str | None, api_key: str | None = None, *, code: int = 1) -> Iterator[Client]:
    """A client of the server at `url`; without one, of an all-in-one server started for this command.

    A call that fails ends the command with exit code `code`.
    """
    try:
        if url is not None:
            with Client(url, api_key=api_key) as client:
                yield client
            return
        # Keys that were made for this machine's server hold for this one too: it gets one that only this command has.
        key = secrets.token_urlsafe(32)
        with OwnServer(HEXAFACE_ADMIN_KEY=key) as own, Client(own.url, api_key=key) as client:
            yield client
    except HexafaceError as error:
        fail(str(error), code)
