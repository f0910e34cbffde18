"""The `hexaface` command."""

from typing import Annotated

import typer

from contracts.version import __version__
from hexaface.commands.deferred import DeferredGroup

app = typer.Typer(
    name="hexaface",
    cls=DeferredGroup,
    help="Self-hosted face analysis: serve the API, analyse pictures, recognise people, look at the models.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its libraries take longer to import than all the rest of `--help`
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hexaface {__version__}")
        raise typer.Exit


@app.callback()
def hexaface(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="show the version")
    ] = False,
) -> None:
    """Self-hosted face analysis: serve the API, analyse pictures, recognise people, look at the models."""


if __name__ == "__main__":
    app()
