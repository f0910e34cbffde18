"""`hexaface keys`: create, list and revoke API keys, on a running server or in its database."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from pydantic import ValidationError
from rich.table import Column, Table

from contracts.keys import SCOPES, CreatedKey, Key, NewKey, Scope
from hexaface.client.clients import Client
from hexaface.client.errors import HexafaceError
from hexaface.commands.connection import ApiKey, Url
from hexaface.commands.console import ERR, OUT, fail

if TYPE_CHECKING:
    from hexaface.embedded.offline import KeyStore

T = TypeVar("T")

app = typer.Typer(help="Create, list and revoke API keys.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="what the key is for")],
    scope: Annotated[list[str], typer.Option(help=f"repeat for several: {', '.join(SCOPES)}")],
    tenant: Annotated[str | None, typer.Option(help="whose collections it sees")] = None,
    rate_limit: Annotated[str | None, typer.Option(help="for example 600/minute")] = None,
    without_admin: Annotated[
        bool, typer.Option(help="create even a first key that could create no other")
    ] = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Create a key. Its secret is printed once, alone on stdout.

    From the first key on, every call to the server needs one.
    """
    try:
        new = NewKey(
            name=name,
            scopes=_scopes(scope),
            tenant=tenant,
            rate_limit=rate_limit,
            without_admin=without_admin,
        )
    except ValidationError as error:
        fail("; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors()))
    if url:
        made: CreatedKey = _asked(
            url,
            api_key,
            lambda client: client.create_key(
                name, new.scopes, tenant=tenant, rate_limit=rate_limit, without_admin=without_admin
            ),
        )
    else:
        made = in_database(lambda keys: keys.create(new))
    ERR.print(
        f"key {made.id} of tenant {made.tenant} with {', '.join(made.scopes)}; keep it, it is not shown again:"
    )
    for warning in made.warnings:
        ERR.print(warning)
    OUT.print(made.key, markup=False)


@app.command("list")
def list_keys(url: Url = None, api_key: ApiKey = None) -> None:
    """List the keys, revoked ones included."""
    # Folded, not cut: in a narrow window a date without its day says nothing.
    rest = ("name", "tenant", "scopes", "limit", "created", "last used", "revoked")
    table = Table(Column("id", no_wrap=True), *(Column(name, overflow="fold") for name in rest))
    for key in _all_keys(url, api_key):
        times = [
            t.strftime("%Y-%m-%d %H:%M") if t else "-"
            for t in (key.created_at, key.last_used_at, key.revoked_at)
        ]
        table.add_row(key.id, key.name, key.tenant, " ".join(key.scopes), key.rate_limit or "-", *times)
    OUT.print(table)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="the id, as `list` shows it")],
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Revoke a key for good; servers refuse it within seconds."""
    if url:
        _asked(url, api_key, lambda client: client.revoke_key(key_id))
    elif not in_database(lambda keys: keys.revoke(key_id, None)):
        fail(f"there is no key {key_id!r} that is not revoked")
    ERR.print(f"key {key_id} is revoked")


def _all_keys(url: str | None, api_key: str | None) -> list[Key]:
    found: list[Key] = []
    after: str | None = ""
    while after is not None:
        start = after
        page = (
            _asked(url, api_key, lambda client: client.keys(after=start))  # noqa: B023  # called at once
            if url
            else in_database(lambda keys: keys.page(None, after=start, limit=200))  # noqa: B023  # called at once
        )
        found, after = found + page.keys, page.next
    return found


def _scopes(names: list[str]) -> list[Scope]:
    wanted = [part.strip() for name in names for part in name.split(",")]
    unknown = [name for name in wanted if name not in SCOPES]
    if unknown:
        fail(f"unknown scope {unknown[0]!r}; there are {', '.join(SCOPES)}")
    return [scope for scope in SCOPES if scope in wanted]


def _asked(url: str, api_key: str | None, work: Callable[[Client], T]) -> T:
    try:
        with Client(url, api_key=api_key) as client:
            return work(client)
    except HexafaceError as error:
        fail(str(error))


def in_database(work: "Callable[[KeyStore], Awaitable[T]]") -> T:
    """Work in the database itself; ends the command when that cannot be done."""
    from hexaface.embedded.offline import OfflineError, with_keys  # noqa: PLC0415  # a client without a server has --url
    from web.logs import configure_logs  # noqa: PLC0415  # only where it is needed

    configure_logs("ERROR", "console")
    try:
        return with_keys(work)
    except OfflineError as error:
        fail(str(error))
