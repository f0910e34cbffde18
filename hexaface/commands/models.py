"""`hexaface models`: what a server has loaded."""

from typing import Annotated

import typer
from rich.table import Table

from hexaface.commands.connection import ApiKey, Url, connect
from hexaface.commands.console import ERR, OUT


def models(
    url: Url = None,
    api_key: ApiKey = None,
    json: Annotated[bool, typer.Option("--json", help="the whole answer as JSON")] = False,
) -> None:
    """Show the models: name, version, provider, licences, measured accuracy."""
    with connect(url, api_key) as client:
        answer = client.models()
    if json:
        OUT.print(answer.to_json().decode(), markup=False)
        return
    table = Table("task", "model", "version", "provider", "digest", "weights", "training data")
    for model in answer.models:
        licence = model.licence
        table.add_row(
            model.task,
            model.name,
            model.version,
            model.provider.removesuffix("ExecutionProvider"),
            model.digest[:12],
            licence.get("weights", ""),
            licence.get("training_data", ""),
        )
    OUT.print(table)
    for name in answer.unavailable:
        ERR.print(f"[yellow]{name}: unavailable[/yellow]")
