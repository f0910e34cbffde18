"""The list of commands, each imported only when it runs: a server's libraries take seconds, `--help` should not."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    # The only place where typer names the types of its own overridden methods.
    from typer._click import Command, Context

COMMANDS: Mapping[str, tuple[str, str]] = {
    "serve": ("serve:serve", "Serve the API, all services included, on one port."),
    "analyze": ("analyze:analyze", "Find and describe the faces of pictures."),
    "bulk": ("bulk:bulk", "Analyse many pictures without a server, into Parquet."),
    "group": ("group:group", "Find who is the same person among faces that nobody named."),
    "verify": ("recognise:verify", "Compare two pictures."),
    "enrol": ("enrol:enrol", "Enrol the people of a folder."),
    "identify": ("recognise:identify", "Say who is on pictures."),
    "reembed": ("reembed:reembed", "Move a collection to another embedder."),
    "check": (
        "check:check",
        "List subjects that look like one person, and faces that look like nobody of their subject's other faces.",
    ),
    "calibrate": ("calibrate:calibrate", "Find the thresholds for your own pictures."),
    "keys": ("keys:app", "Create, list and revoke API keys."),
    "database": ("database:app", "Back up and restore the identities."),
    "models": ("models:models", "Show the models."),
    "doctor": ("doctor:doctor", "Examine this machine."),
    "demo": ("demo:demo", "Analyse the sample photos."),
}
"""By name: the module under `hexaface.commands` with its function or Typer, and the line in the list."""

_EXTRAS = ("bulk", "group")
"""Commands whose libraries are an extra of their name."""


class DeferredGroup(TyperGroup):
    """Lists `COMMANDS` and imports the one that is called."""

    def list_commands(self, ctx: "Context") -> list[str]:  # noqa: ARG002  # overridden
        """The names, in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":  # noqa: ARG002  # overridden
        """A command as it is listed: its name and line, without what it does."""
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name][1]) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: "Context", args: list[str]) -> Any:
        """The command that is called, itself."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, listed and load(str(name)), rest


def load(name: str) -> "Command":
    """Import a command."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    try:
        target = getattr(import_module(f"hexaface.commands.{module}"), attribute)
    except ModuleNotFoundError as error:
        from hexaface.commands.console import fail  # noqa: PLC0415  # rich would slow every start down

        package = f"'hexaface-server[{name}]'" if name in _EXTRAS else "hexaface-server"
        fail(f"`hexaface {name}` needs {error.name}, which the server brings: pip install {package}")
    if isinstance(target, typer.Typer):
        return typer.main.get_group(target)
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name, context_settings={"help_option_names": ["-h", "--help"]})(target)
    return typer.main.get_command(single)
