"""The `hexaface` command."""

import typer

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


@app.callback()
def hexaface() -> None:
    """Self-hosted face analysis: serve the API, analyse pictures, recognise people, look at the models."""


if __name__ == "__main__":
    app()
