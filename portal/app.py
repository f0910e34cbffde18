"""The portal as an ASGI app of its own, or attached to the API's app."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import nicegui
from fastapi import FastAPI
from nicegui import ui

from contracts.version import __version__
from hexaface.client.clients import AsyncClient
from portal.applications import (
    ATTRIBUTES,
    DETECTION,
    EMOTION,
    FOLDER,
    GENERATION,
    IDENTIFICATION,
    KEYPOINTS,
    VERIFICATION,
    Application,
)
from portal.elements import SAMPLES, SAMPLES_URL
from portal.frame import MARK, page_frame
from portal.inbox import Inbox
from portal.mounting import ContentPolicy, stand_aside
from portal.pages import (
    attributes,
    detection,
    emotion,
    folder,
    generation,
    home,
    identification,
    keypoints,
    verification,
)
from portal.session import Connect, Portal, Session
from portal.settings import PortalSettings

_STATIC = Path(__file__).resolve().parent / "static"
_STATIC_URL = "/_portal/static"
_ICON = MARK.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" color="#4338ca" ')
_HEAD = (
    f'<link rel="stylesheet" href="{_STATIC_URL}/portal.css?v={__version__}">'
    f'<script src="{_STATIC_URL}/portal.js?v={__version__}"></script>'
    '<meta name="description" content="HexaFace: self-hosted face analysis">'
)
# A phone that sleeps, or a tunnel, must not cost the results on the page; a closed tab frees its memory after this.
_RECONNECT_SECONDS = 20.0

Build = Callable[[Session], None]
_PAGES: tuple[tuple[Application, Build], ...] = (
    (DETECTION, detection.build),
    (VERIFICATION, verification.build),
    (IDENTIFICATION, identification.build),
    (ATTRIBUTES, attributes.build),
    (EMOTION, emotion.build),
    (KEYPOINTS, keypoints.build),
    (GENERATION, generation.build),
    (FOLDER, folder.build),
)


def attach(app: FastAPI, connect: Connect | None = None, public_url: str | None = None) -> None:
    """Add the portal to `app` under /, beside the API's routes; call it after every other route was added.

    `connect(key)` gives a client; without it the client calls `app` itself, in the process. NiceGUI keeps one state per
    process: the portal can be attached to one app of it.
    """
    portal = Portal(connect or _in_process(app), public_url, Inbox())
    _add_pages(portal)
    # Quasar's own bar over the page has no name for a screen reader; our progress bars have.
    nicegui.app.config.quasar_config["loadingBar"]["skipHijack"] = True
    ui.run_with(
        app,
        title="HexaFace",
        favicon=_ICON,
        dark=None,
        language="en-US",
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=_RECONNECT_SECONDS,
    )
    stand_aside(app, ContentPolicy(nicegui.app))


def create_app(settings: PortalSettings | None = None) -> FastAPI:
    """The portal alone; settings come from the environment unless given."""
    settings = settings or PortalSettings()
    app = FastAPI(
        title="HexaFace portal", version=__version__, docs_url=None, redoc_url=None, openapi_url=None
    )

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    url = settings.url
    attach(app, lambda key: AsyncClient(url, api_key=key), settings.public_url or url)
    return app


def _in_process(app: FastAPI) -> Connect:
    # raise_app_exceptions=False: an error inside the API is its 500, as it would be over the network.
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return lambda key: AsyncClient("http://hexaface", api_key=key, transport=transport)


def _add_pages(portal: Portal) -> None:
    # Failures of a page are NiceGUI's log lines; its own chatter about slow clients is not for an operator.
    logging.getLogger("nicegui").setLevel(logging.ERROR)
    ui.add_head_html(_HEAD, shared=True)
    nicegui.app.add_static_files(_STATIC_URL, _STATIC, max_cache_age=0)
    if SAMPLES.is_dir():
        nicegui.app.add_static_files(SAMPLES_URL, SAMPLES)
    portal.inbox.add_route(nicegui.app)
    ui.page("/", title="HexaFace")(partial(_page, portal, None, home.build))
    for application, build in _PAGES:
        ui.page(application.path, title=f"{application.name} - HexaFace")(
            partial(_page, portal, application, build)
        )


def _page(portal: Portal, application: Application | None, build: Build) -> None:
    session = Session(portal, ui.context.client)
    with page_frame(session, application):
        build(session)
