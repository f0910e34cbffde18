"""`python -m gateway`: the gateway as a process of its own."""

from pydantic import ValidationError

from gateway.app import create_app
from gateway.keys.protection import UnprotectedError
from gateway.settings.gateway import GatewaySettings
from web.listening import ListenSettings
from web.logs import configure_logs
from web.server import refuse, run
from web.tracing import TracingError, configure_tracing


def main() -> None:
    """Serve until stopped."""
    try:
        settings, listen = GatewaySettings(), ListenSettings()
        configure_tracing("gateway")
    except (ValidationError, OSError, TracingError) as error:
        refuse(error)
        return
    configure_logs(settings.logs.log_level.upper(), settings.logs.log_format)
    run(create_app(settings, exposed=listen.exposed), listen, refusals=(UnprotectedError,))


if __name__ == "__main__":
    main()
