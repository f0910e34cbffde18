"""`python -m portal`: the portal as its own process."""

import uvicorn

from portal.app import create_app
from portal.settings import PortalSettings


def main() -> None:
    """Serve until stopped."""
    settings = PortalSettings()
    uvicorn.run(create_app(settings), host=settings.portal_host, port=settings.portal_port, access_log=False)


if __name__ == "__main__":
    main()
