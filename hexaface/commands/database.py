"""`hexaface database`: backup and restore with PostgreSQL's own programs."""

import os
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from gateway.settings.stores import StoreSettings
from gateway.stores.database import database_url
from hexaface.commands.console import ERR, fail
from hexaface.embedded.stores import default_home, running_stores
from hexaface.embedded.stores.postgresql import Cluster
from serving.errors import StartupError
from web.logs import configure_logs

app = typer.Typer(help="Back up and restore the identities.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="the dump to write")]) -> None:
    """Write all identities and keys into one file, also while a server runs."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as target:  # noqa: PTH123  # a descriptor, so that nobody else can read the file
        _run("pg_dump", "--format=custom", "--no-owner", output=target.fileno())
    ERR.print(f"{file}: {file.stat().st_size} bytes; it holds biometric data, keep it as such")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="a dump of `backup`")]) -> None:
    """Replace all identities and keys by those of a dump: entirely, or, when something fails, not at all."""
    with file.open("rb") as source:
        options = ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]
        _run("pg_restore", *options, entry=source.fileno())
    ERR.print(f"restored from {file}")


def _run(program: str, *options: str, entry: int | None = None, output: int | None = None) -> None:
    configure_logs("ERROR", "console")
    given = StoreSettings().database_url
    try:
        # Any Redis will do: none is needed, and none is started.
        with running_stores(default_home(), database=given, redis="unused") as urls:
            url = database_url(urls.database).set(drivername="postgresql")
            command = [str(Cluster(default_home()).programs / program), *options]
            target = ["--dbname", url.render_as_string(hide_password=False)]
            done = subprocess.run(  # noqa: S603  # our own program, no shell
                [*command, *target], stdin=entry, stdout=output, stderr=subprocess.PIPE, check=False
            )
    except StartupError as error:
        fail(str(error))
    if done.returncode:
        fail(f"{program}: {done.stderr.decode(errors='replace').strip()}")
