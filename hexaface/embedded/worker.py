"""`python -m hexaface.embedded.worker SOCKET`: all services in one process behind a Unix socket.

One of the workers of `hexaface serve --workers N`. It ends when its standard input does: with the process it works for.
"""

import os
import signal
import socket
import sys
import threading

from fastapi import FastAPI
from starlette.routing import Host

from hexaface.embedded.mounted import MountedServices
from serving.errors import StartupError
from serving.settings import ServiceSettings
from web.listening import ListenSettings
from web.logs import configure_logs
from web.server import run


def create_worker() -> FastAPI:
    """The services, told apart by the host name that the gateway calls them by."""
    services = MountedServices()
    app = FastAPI(lifespan=lambda _: services.running(), openapi_url=None)
    app.router.routes.extend(Host(name, app=service) for name, service in services.apps.items())
    return app


def main(path: str) -> None:
    """Serve until the parent is gone."""
    settings = ServiceSettings()
    configure_logs(settings.log_level.upper(), settings.log_format)
    # Ctrl-C reaches every process of a terminal; the parent stops its workers when its requests are answered.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    opened = socket.socket(socket.AF_UNIX)
    opened.bind(path)
    run(create_worker(), ListenSettings(), refusals=(StartupError,), public=False, sockets=[opened])


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1])
