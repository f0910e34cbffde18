"""`python -m gateway`: the gateway as a process of its own."""

import ipaddress

from pydantic import ValidationError

from gateway.app import create_app
from gateway.settings.gateway import GatewaySettings
from gateway.settings.identities import IdentitySettings
from gateway.settings.secret_files import identity_settings
from web.logs import configure_logs
from web.server import ListenSettings, refuse, run
from web.tracing import TracingError, configure_tracing


class UnprotectedError(Exception):
    """The API would be reachable from outside without a key."""


def main() -> None:
    """Serve until stopped."""
    try:
        settings, listen, identity = GatewaySettings(), ListenSettings(), identity_settings()
        _require_protection(listen, identity)
        configure_tracing("gateway")
    except (ValidationError, OSError, UnprotectedError, TracingError) as error:
        refuse(error)
        return
    configure_logs(settings.log_level.upper(), settings.log_format)
    run(create_app(settings, identity=identity), listen)


def _require_protection(listen: ListenSettings, identity: IdentitySettings) -> None:
    if identity.admin_key or identity.require_keys or listen.insecure or _is_loopback(listen.host):
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
