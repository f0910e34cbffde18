"""The all-in-one process as a server: gateway, services and portal on one port."""

import sys

from pydantic import ValidationError

from gateway.keys.protection import UnprotectedError
from gateway.settings.gateway import GatewaySettings
from hexaface.embedded.process import create_all_in_one
from portal.app import attach
from serving.errors import StartupError
from web.listening import ListenSettings
from web.server import refuse, run
from web.tracing import TracingError, configure_tracing


def serve(listen: ListenSettings, *, workers: int = 1) -> None:
    """Serve until stopped, the services in this process or in several; a start that is not possible ends the process with the reason in one line."""
    try:
        configure_tracing("all-in-one")
        app = create_all_in_one(GatewaySettings(), exposed=listen.exposed, workers=workers)
    except (ValidationError, OSError, TracingError, StartupError) as error:
        refuse(error)
        return
    attach(app)
    run(
        app,
        listen,
        refusals=(StartupError, UnprotectedError),
        ready=lambda port: _announce(listen.host, port),
    )


def _announce(host: str, port: int) -> None:
    sys.stderr.write(f"HexaFace on http://{host}:{port}  (web portal: /, API documentation: /docs)\n")
    sys.stderr.flush()
