"""`hexaface serve`: everything in one process."""

import ipaddress
from typing import Annotated

import typer
import uvicorn

from hexaface.commands.console import ERR, fail
from hexaface.embedded import create_all_in_one
from serving.errors import StartupError
from web.logs import LogFormat, configure_logs

# Long enough for the slowest answer (the deadline is 25 s), short enough for an orchestrator's patience (30 s).
_DRAIN_SECONDS = 27


def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on")] = 8000,
    insecure: Annotated[
        bool, typer.Option(help="listen beyond loopback although no key protects the API")
    ] = False,
    log_level: Annotated[str, typer.Option(envvar="HEXAFACE_LOG_LEVEL")] = "INFO",
    log_format: Annotated[
        str, typer.Option(envvar="HEXAFACE_LOG_FORMAT", help="json or console")
    ] = "console",
) -> None:
    """Serve the API, all services included, on one port."""
    if not insecure and not _is_loopback(host):
        fail(f"{host} is reachable from outside and no key protects the API; add --insecure if you mean it")
    style: LogFormat = "json" if log_format == "json" else "console"
    configure_logs(log_level.upper(), style)
    server = _Server(
        uvicorn.Config(
            create_all_in_one(),
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        )
    )
    ERR.print(f"HexaFace on http://{host}:{port}  (API documentation: /docs)")
    server.run()
    if not server.started:
        raise typer.Exit(1)


class _Server(uvicorn.Server):
    """Says why it cannot start in one line instead of a traceback."""

    async def startup(self, *args: object, **kwargs: object) -> None:
        try:
            await super().startup(*args, **kwargs)  # type: ignore[arg-type]  # uvicorn's own arguments, passed through
        except StartupError as error:
            ERR.print(f"[red]cannot start:[/red] {error}")
            self.should_exit = True


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
