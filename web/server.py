"""One app as a process: listens, drains on SIGTERM, and says in one line why it cannot start.

The one runner of the gateway, the services, the portal and the all-in-one process.
"""

import asyncio
import logging
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from web.connections import BoundedConnection, ConnectionLimits
from web.doors import guard
from web.listening import ListenError, ListenSettings, open_sockets, why_not

log = logging.getLogger(__name__)

# Longer than the gateway's deadline (25 s), so a request that was accepted is answered; shorter than the 30 s that
# Docker and Kubernetes wait before they kill.
_DRAIN_SECONDS = 27
# What the process opens besides its clients (models, stores, its log), and what is accepted in one go.
_OTHER_FILES = 64
_BACKLOG = 128
_FEWEST_CLIENTS = 16
_ACCEPT_LOG_SECONDS = 10.0


def run(
    app: FastAPI,
    listen: ListenSettings,
    *,
    refusals: tuple[type[Exception], ...] = (),
    ready: Callable[[int], None] | None = None,
    public: bool = True,
    sockets: list[socket.socket] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests in flight; `ready` is called with the port once clients may come.

    A `public` app stands behind the doors against browsers' mischief; the services behind a gateway need none.
    `sockets`, when given, are bound already. An exception of `refusals` from the app's start ends the process with its message and exit code 1, as does an
    address that cannot be listened on.
    """
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, _leave)
    if public:
        guard(app, listen)
    try:
        asyncio.run(_serve(app, listen, sockets or open_sockets(listen), ready))
    except asyncio.CancelledError:
        sys.exit(0)  # stopped before it had started
    except Exception as error:
        if not isinstance(error, (ListenError, *refusals)):
            raise
        refuse(error)


def refuse(error: Exception) -> None:
    """End the process with the reason in one line; of a setting that does not fit, never its value."""
    reason = str(error)
    if isinstance(error, ValidationError):
        found = error.errors(include_input=False, include_url=False)
        reason = "; ".join(f"{'.'.join(map(str, entry['loc']))}: {entry['msg']}" for entry in found)
    sys.exit(f"cannot start: {reason}")


async def _serve(
    app: FastAPI, listen: ListenSettings, sockets: list[socket.socket], ready: Callable[[int], None] | None
) -> None:
    limits = ConnectionLimits(_clients(listen.max_clients), listen.head_timeout, listen.body_timeout)
    config = uvicorn.Config(
        app,
        host=listen.host,
        port=listen.port,
        http=partial(BoundedConnection, limits=limits),  # type: ignore[arg-type]  # called like the class it wraps
        # Entered here rather than by uvicorn, which would print a traceback for a refusal.
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=listen.keep_alive,  # type: ignore[arg-type]  # passed to the loop's timer as it is
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    config.load()  # the portal looks for the server that serves it
    server = _Server(config, ready)
    asyncio.get_running_loop().set_exception_handler(_AcceptErrors())
    with server.signals():
        async with app.router.lifespan_context(app):
            try:
                await server.serve(sockets)
            except OSError as error:  # another program was faster
                raise ListenError(why_not(f"{listen.host}:{listen.port}", error)) from error


class _Server(uvicorn.Server):
    """Leaves its signals to `signals`.

    uvicorn raises a signal again when it has stopped, which would end the process before the services and the stores
    had stopped in their turn.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[int], None] | None) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM end a start under way, or let a started server finish what it has begun."""
        loop, starter = asyncio.get_running_loop(), asyncio.current_task()

        def stop(signum: int) -> None:
            if self.started:
                self.handle_exit(signum, None)
            elif starter is not None:
                starter.cancel()

        for signum in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signum, stop, signum)
        yield
        for signum in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(signum)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: they are captured already."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        if self._ready is not None and sockets:
            self._ready(sockets[0].getsockname()[1])


class _AcceptErrors:
    """Logs that no connection can be accepted once in a while; the loop would say it thousands of times a second."""

    def __init__(self) -> None:
        self._count = 0
        self._logged_at = float("-inf")

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if "accept()" not in str(context.get("message", "")):
            loop.default_exception_handler(context)
            return
        self._count += 1
        if time.monotonic() - self._logged_at >= _ACCEPT_LOG_SECONDS:
            log.error("no connection can be accepted (%s); %d tries", context.get("exception"), self._count)
            self._logged_at, self._count = time.monotonic(), 0


def _clients(wanted: int) -> int:
    """How many connections this process can hold, once it may open as many files as it is allowed to."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY:
        return wanted
    return min(wanted, max(_FEWEST_CLIENTS, hard - _OTHER_FILES - _BACKLOG))


def _leave(_signum: int, _frame: FrameType | None) -> None:
    """Python's default for SIGTERM does nothing in a container's process 1."""
    raise SystemExit(0)
