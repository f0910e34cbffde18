"""`python -m portal`: the portal as its own process."""

from pydantic import ValidationError

from portal.app import create_app
from portal.settings import PortalSettings
from web.listening import ListenSettings
from web.server import refuse, run


def main() -> None:
    """Serve until stopped."""
    try:
        settings = PortalSettings()
        listen = ListenSettings(host=settings.portal_host, port=settings.portal_port)
    except ValidationError as error:
        refuse(error)
        return
    run(create_app(settings), listen)


if __name__ == "__main__":
    main()
