"""`hexaface serve`: everything in one process."""

import asyncio
import ipaddress
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI

from gateway.settings.gateway import GatewaySettings
from gateway.settings.keys import KeySettings
from hexaface.commands.console import ERR, fail
from hexaface.commands.keys import in_database
from hexaface.embedded.process import create_all_in_one
from hexaface.embedded.stores import StoreError
from serving.errors import StartupError
from web.logs import LogFormat, configure_logs
from web.tracing import TracingError, configure_tracing

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
    settings = GatewaySettings()
    if not insecure and not _is_loopback(host):
        settings = replace(settings, keys=_protected(settings.keys, host))
    style: LogFormat = "json" if log_format == "json" else "console"
    configure_logs(log_level.upper(), style)
    try:
        configure_tracing("all-in-one")
    except TracingError as error:
        fail(f"cannot start: {error}")
    app = create_all_in_one(settings)
    _attach_portal(app)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        lifespan="off",  # entered below: uvicorn would answer a refusal to start with a traceback
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    try:
        asyncio.run(_run(config))
    except (StartupError, StoreError) as error:
        fail(f"cannot start: {error}")


def _protected(settings: KeySettings, host: str) -> KeySettings:
    """Settings that let nobody in without a key. Ends the command when there is no key to let anybody in."""
    if settings.admin_key is None and not in_database(lambda keys: keys.any_exist()):
        fail(
            f"{host} is reachable from outside and no key protects the API: create one (hexaface keys create), "
            "set HEXAFACE_ADMIN_KEY, or add --insecure if you mean it"
        )
    return settings.model_copy(update={"require_keys": True})


async def _run(config: uvicorn.Config) -> None:
    """Serve within the app's lifespan: requests under way are answered before the services and stores stop."""
    app = config.app
    assert isinstance(app, FastAPI)  # noqa: S101  # uvicorn's type also allows a name
    config.load()  # the portal looks for the server that serves it
    server = _Server(config)
    async with app.router.lifespan_context(app):
        ERR.print(
            f"HexaFace on http://{config.host}:{config.port}  (web portal: /, API documentation: /docs)"
        )
        await server.serve()
    if not server.started:
        fail(f"cannot listen on {config.host}:{config.port}")


class _Server(uvicorn.Server):
    """Stops on SIGINT and SIGTERM, and leaves the rest to its caller.

    uvicorn raises the signal again when it has stopped, which would end the process before the services and the
    stores had stopped in their turn.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle the signals on the event loop while the server runs."""
        loop, caught = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)
        for number in caught:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield
        for number in caught:
            loop.remove_signal_handler(number)


def _attach_portal(app: FastAPI) -> None:
    """The portal is an extra: without NiceGUI the API serves alone."""
    if find_spec("nicegui") is not None:
        from portal.app import attach  # noqa: PLC0415  # NiceGUI takes a second to import: nobody else shall wait for it

        attach(app)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
