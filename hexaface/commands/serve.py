"""`hexaface serve`: everything in one process."""

from typing import Annotated

import typer
from pydantic import ValidationError

from hexaface.commands.console import fail
from hexaface.embedded.server import serve as run
from web.listening import ListenSettings
from web.logs import LogFormat, configure_logs


def serve(
    host: Annotated[str, typer.Option(envvar="HEXAFACE_HOST", help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="HEXAFACE_PORT", help="port to listen on")] = 8000,
    insecure: Annotated[
        bool,
        typer.Option(
            envvar="HEXAFACE_INSECURE", help="listen beyond loopback although no key protects the API"
        ),
    ] = False,
    log_level: Annotated[str, typer.Option(envvar="HEXAFACE_LOG_LEVEL")] = "INFO",
    log_format: Annotated[
        str, typer.Option(envvar="HEXAFACE_LOG_FORMAT", help="json or console")
    ] = "console",
) -> None:
    """Serve the API, all services included, on one port."""
    style: LogFormat = "json" if log_format == "json" else "console"
    configure_logs(log_level.upper(), style)
    try:
        listen = ListenSettings(host=host, port=port, insecure=insecure)
    except ValidationError as error:
        fail("; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors()))
    run(listen)
