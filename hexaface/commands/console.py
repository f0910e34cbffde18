"""Where commands write: results to stdout, everything else to stderr; and how they end when a call fails."""

from typing import NoReturn

import typer
from rich.console import Console

OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


def fail(message: str) -> NoReturn:
    """End the command with one clear line and exit code 1."""
    ERR.print(f"[red]error:[/red] {message}", markup=True)
    raise typer.Exit(1)
