"""`hexaface models`: what a server has loaded, or what one of a profile would load."""

from typing import Annotated

import typer
from rich.table import Table

from hexaface.commands.connection import ApiKey, Url, connect
from hexaface.commands.console import ERR, OUT, fail
from hexaface.commands.profile import Profile


def models(
    url: Url = None,
    api_key: ApiKey = None,
    json: Annotated[bool, typer.Option("--json", help="the whole answer as JSON")] = False,
    profile: Annotated[
        Profile | None,
        typer.Option(help="show what `hexaface serve --profile` would load instead; asks no server"),
    ] = None,
) -> None:
    """Show the models: name, version, provider, licences, measured accuracy."""
    if profile:
        _show_profile(profile)
        return
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
    for name in answer.not_served:
        OUT.print(f"{name}: no model in this server")


def _show_profile(profile: Profile) -> None:
    try:
        from hexaface.embedded.profiles import choices  # noqa: PLC0415  # the client's package has no server
    except ModuleNotFoundError as error:
        fail(f"--profile needs {error.name}, which the server brings: pip install hexaface-server")
    table = Table("task", "model", "version", "card")
    for choice in choices(profile.value):
        table.add_row(choice.task, choice.name or "none: the task is not served", choice.version, choice.card)
    OUT.print(table)
    OUT.print("Why: docs/licences.md")
