"""The server a command talks to: the one that was named, or one of its own for as long as it runs."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from hexaface.client.clients import Client
from hexaface.client.errors import HexafaceError, UnreachableError
from hexaface.commands.console import fail

Url = Annotated[
    str | None, typer.Option(envvar="HEXAFACE_URL", help="the server; without one, this machine itself")
]
ApiKey = Annotated[str | None, typer.Option(envvar="HEXAFACE_API_KEY", help="where the server wants one")]

# About five seconds on a quiet machine; a loaded one has been seen to take a minute.
_START_SECONDS = 120
_STOP_SECONDS = 30
_POLL_SECONDS = 0.1


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
        with own_server(HEXAFACE_ADMIN_KEY=key) as own, Client(own, api_key=key) as client:
            yield client
    except HexafaceError as error:
        fail(str(error), code)


@contextmanager
def own_server(**environment: str) -> Iterator[str]:
    """Start `hexaface serve` on a free loopback port; its address, once it is ready. Stops it at the end."""
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "hexaface.commands.app",
        "serve",
        "--port",
        str(port),
        "--log-level",
        "WARNING",
    ]
    given = {name: value for name, value in os.environ.items() if name != "HEXAFACE_ADMIN_KEY_FILE"}
    process = subprocess.Popen(command, env=given | environment)  # noqa: S603  # our own command, no shell
    url = f"http://127.0.0.1:{port}"
    try:
        _await_ready(url, process)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    with Client(url) as client:
        while process.poll() is None and time.monotonic() < deadline:
            try:
                if client.ready().ready:
                    return
            except UnreachableError:
                pass
            time.sleep(_POLL_SECONDS)
    raise UnreachableError("the server did not become ready; `hexaface doctor` says more")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
