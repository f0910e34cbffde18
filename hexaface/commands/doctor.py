"""`hexaface doctor`: can this machine serve, and if not, why."""

from typing import Annotated

import typer

from hexaface.commands.console import OUT
from hexaface.embedded.doctor import Verdict, examine
from web.logs import configure_logs

_MARKS: dict[Verdict, str] = {
    "ok": "[green]ok  [/green]",
    "note": "[yellow]note[/yellow]",
    "fail": "[red]FAIL[/red]",
}


def doctor(port: Annotated[int, typer.Option(help="the port that `serve` shall use")] = 8000) -> None:
    """Examine this machine: Python, onnxruntime, the port and every model file. Exit code 1 when something fails."""
    configure_logs("ERROR", "console")
    failed = False
    for finding in examine(port):
        failed |= finding.verdict == "fail"
        OUT.print(f"{_MARKS[finding.verdict]} {finding.question}: {finding.answer}")
    OUT.print("something is wrong: see above" if failed else "all is well")
    if failed:
        raise typer.Exit(1)
