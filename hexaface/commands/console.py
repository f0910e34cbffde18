"""Where commands write: results to stdout, everything else to stderr; and how they end when a call fails."""

import json
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console

from contracts.message import Message

OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


def fail(message: str, code: int = 1) -> NoReturn:
    """End the command with one clear line and an exit code."""
    ERR.print("[red]error:[/red]", end=" ")
    ERR.print(message, markup=False)
    raise typer.Exit(code)


def in_words(error: Exception) -> str:
    """An error in one line; of a file, which one and what is wrong with it."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def in_json(path: Path, answer: Message) -> str:
    """The answer about a picture as one line of JSON."""
    return f'{{"file": {json.dumps(str(path))}, "answer": {answer.to_json().decode()}}}'
