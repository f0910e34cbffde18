"""`python -m gateway`: the gateway as a process of its own."""

import ipaddress

from pydantic import ValidationError

from gateway.app import create_app
from gateway.settings.gateway import GatewaySettings
from gateway.settings.keys import KeySettings
from web.logs import configure_logs
from web.server import ListenSettings, refuse, run
from web.tracing import TracingError, configure_tracing


class UnprotectedError(Exception):
    """The API would be reachable from outside without a key."""


def main() -> None:
    """Serve until stopped."""
    try:
        settings, listen = GatewaySettings(), ListenSettings()
        _require_protection(listen, settings.keys)
        configure_tracing("gateway")
    except (ValidationError, OSError, UnprotectedError, TracingError) as error:
        refuse(error)
        return
    configure_logs(settings.logs.log_level.upper(), settings.logs.log_format)
    run(create_app(settings), listen)


def _require_protection(listen: ListenSettings, keys: KeySettings) -> None:
    if keys.admin_key or keys.require_keys or listen.insecure or _is_loopback(listen.host):
        return
    raise UnprotectedError(
        f"{listen.host} is reachable from outside and no key protects the API; set HEXAFACE_ADMIN_KEY_FILE, "
        "or HEXAFACE_INSECURE=true if you mean it"
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    main()
