"""`hexaface serve`: everything in one process."""

import os
import tempfile
from typing import Annotated

import typer
from pydantic import ValidationError

from hexaface.commands.console import fail
from hexaface.commands.profile import Profile
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
    workers: Annotated[
        int,
        typer.Option(
            envvar="HEXAFACE_WORKERS",
            min=1,
            help="processes for the models, on machines with many cores; each takes the memory of all models",
        ),
    ] = 1,
    profile: Annotated[
        Profile,
        typer.Option(
            envvar="HEXAFACE_PROFILE",
            help="permissive: only models that allow commercial use as far as is known; tasks without one are not served",
        ),
    ] = Profile.all,
    log_level: Annotated[str, typer.Option(envvar="HEXAFACE_LOG_LEVEL")] = "INFO",
    log_format: Annotated[
        str, typer.Option(envvar="HEXAFACE_LOG_FORMAT", help="json or console")
    ] = "console",
) -> None:
    """Serve the API, all services included, on one port."""
    os.environ["HEXAFACE_PROFILE"] = profile.value  # the services' settings, here and in workers
    style: LogFormat = "json" if log_format == "json" else "console"
    configure_logs(log_level.upper(), style)
    try:
        listen = ListenSettings(host=host, port=port, insecure=insecure)
    except ValidationError as error:
        fail("; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors()))
    if workers == 1:
        _serve(listen, workers)
        return
    # Before anything imports prometheus_client, which looks for the folder then; workers inherit it.
    with tempfile.TemporaryDirectory(prefix="hexaface-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        os.environ |= {"HEXAFACE_LOG_LEVEL": log_level.upper(), "HEXAFACE_LOG_FORMAT": style}
        _serve(listen, workers)


def _serve(listen: ListenSettings, workers: int) -> None:
    from hexaface.embedded.server import serve as run  # noqa: PLC0415  # see above

    run(listen, workers=workers)
