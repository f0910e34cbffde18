"""What every page has around it: the bar with the applications, the heading, the foot."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from contracts.version import __version__
from portal.applications import APPLICATIONS, Application
from portal.elements import text
from portal.keys import ask_for_key
from portal.session import Session

# A hexagon with two eyes and a mouth; drawn for this project.
MARK = (
    '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" '
    'stroke-linecap="round" aria-hidden="true"><path d="M12 2l8.7 5v10L12 22l-8.7-5V7z"/>'
    '<path d="M9 10.2v.1M15 10.2v.1M8.8 14.6c1.9 1.8 4.5 1.8 6.4 0"/></svg>'
)
_MENU = "() => document.querySelector('.hf-nav').classList.toggle('hf-open')"
_ESCAPE = "(event) => event.key === 'Escape' && document.querySelector('.hf-nav').classList.remove('hf-open')"


@contextmanager
def page_frame(session: Session, here: Application | None) -> Iterator[None]:
    """The page's frame; what is built inside the context is its content."""
    _header(here)
    with ui.element("div").classes("hf-page").props('id="content" tabindex="-1"'):
        if here is not None:
            with ui.element("div").classes("hf-head"):
                text(here.name, tag="h1")
                text(here.summary, "hf-muted")
        yield
        _foot(session)


def _header(here: Application | None) -> None:
    with ui.header().classes("hf-header"), ui.element("div").classes("hf-bar"):
        text("Skip to the content", "hf-skip", "a").props('href="#content"')
        home = ui.element("a").classes("hf-brand").props('href="/"')
        with home:
            ui.html(MARK, sanitize=False, tag="span")
            text("HexaFace", tag="span")
        with (
            ui.element("nav")
            .classes("hf-nav")
            .props('aria-label="Applications"')
            .on("keydown", js_handler=_ESCAPE)
        ):
            for application in APPLICATIONS:
                link = text(application.name, tag="a")
                link.props["href"] = application.path
                if application is here:
                    link.props["aria-current"] = "page"
        menu = _icon_button("menu", "Applications").classes("hf-menu")
        menu.on("click", js_handler=_MENU)
        _icon_button("key", "API key").on("click", lambda _: ask_for_key(), args=[])
        _icon_button("contrast", "Dark or light").on("click", js_handler="() => hexaface.toggleDark()")


def _icon_button(icon: str, label: str) -> ui.element:
    button = (
        ui.element("button")
        .classes("hf-icon-button")
        .props(f'type="button" aria-label="{label}" title="{label}"')
    )
    with button:
        ui.icon(icon).props('aria-hidden="true"')
    return button


def _foot(session: Session) -> None:
    with ui.element("div").classes("hf-foot"):
        text(f"HexaFace {__version__}", tag="span")
        text("Pictures stay in your browser; the server forgets each one when it has answered.", tag="span")
        for name, path in (("API documentation", "/docs"), ("OpenAPI", "/openapi.json")):
            link = text(name, tag="a")
            link.props["href"] = session.url + path
