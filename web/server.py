"""One app as a process: listens, drains on SIGTERM, and says in one line why it cannot start."""

import asyncio
import signal
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

# Longer than the gateway's deadline (25 s), so a request that was accepted is answered; shorter than the 30 s that
# Docker and Kubernetes wait before they kill.
_DRAIN_SECONDS = 27
# The gateway's pool drops a connection after 5 idle seconds. Were the server first, a request could meet a closing door.
_KEEP_ALIVE_SECONDS = 75


class ListenSettings(BaseSettings):
    """`HEXAFACE_HOST`, `HEXAFACE_PORT` and `HEXAFACE_INSECURE`."""

    model_config = SettingsConfigDict(env_prefix="HEXAFACE_", frozen=True, extra="ignore")

    host: str = Field(default="127.0.0.1", description="address to listen on; images set 0.0.0.0")
    port: int = Field(default=8000, ge=1, le=65535, description="port to listen on")
    insecure: bool = Field(
        default=False, description="the gateway may listen beyond loopback although no key protects it"
    )


def run(app: FastAPI, listen: ListenSettings, *, refusals: tuple[type[Exception], ...] = ()) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests in flight.

    An exception of `refusals` from the app's start ends the process with its message and exit code 1.
    """
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, _leave)
    try:
        asyncio.run(_serve(app, listen))
    except refusals as error:
        refuse(error)


def refuse(error: Exception) -> None:
    """End the process with the reason in one line."""
    sys.exit(f"cannot start: {error}")


async def _serve(app: FastAPI, listen: ListenSettings) -> None:
    config = uvicorn.Config(
        app,
        host=listen.host,
        port=listen.port,
        # Entered here rather than by uvicorn, which would print a traceback for a refusal.
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    async with app.router.lifespan_context(app):
        await uvicorn.Server(config).serve()


def _leave(_signum: int, _frame: FrameType | None) -> None:
    """Python's default for SIGTERM does nothing in a container's process 1; uvicorn raises the signal again at its end."""
    raise SystemExit(0)
