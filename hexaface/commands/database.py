"""`hexaface database`: backup and restore with PostgreSQL's own programs."""

import os
from pathlib import Path
from typing import Annotated

import typer

from hexaface.commands.console import ERR, fail, in_words
from hexaface.embedded import offline
from web.logs import configure_logs

app = typer.Typer(help="Back up and restore the identities.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="the dump to write")]) -> None:
    """Write all identities and keys into one file, also while a server runs."""
    configure_logs("ERROR", "console")
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as target:  # noqa: PTH123  # a descriptor, so that nobody else can read the file
            offline.backup(target.fileno())
    except (offline.OfflineError, OSError) as error:
        fail(in_words(error))
    ERR.print(f"{file}: {file.stat().st_size} bytes; it holds biometric data, keep it as such")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="a dump of `backup`")]) -> None:
    """Replace all identities and keys by those of a dump: entirely, or, when something fails, not at all."""
    configure_logs("ERROR", "console")
    try:
        with file.open("rb") as source:
            offline.restore(source.fileno())
    except (offline.OfflineError, OSError) as error:
        fail(in_words(error))
    ERR.print(f"restored from {file}")
