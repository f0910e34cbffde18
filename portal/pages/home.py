"""Home: what each application does, whether its services are ready, what is loaded, where the API is described."""

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from contracts.api import ModelsAnswer
from hexaface.client import calls
from hexaface.client.errors import HexafaceError
from portal.applications import APPLICATIONS
from portal.elements import text
from portal.problems import show_problem
from portal.session import Session

_REFRESH_SECONDS = 10.0


def build(session: Session) -> None:
    """Build the page."""
    with ui.element("div").classes("hf-head"):
        text("Face analysis on your own machine", tag="h1")
        text(
            "Choose an application, drop a picture, read the result beside it. Everything here goes through the "
            "public REST API, and every page shows the request that you can copy into your own program.",
            "hf-muted",
        )
    pills = _tiles()
    with ui.element("div").classes("hf-two"):
        with ui.element("section").classes("hf-card").props('aria-label="Services"'):
            text("Services", tag="h2")
            services = ui.element("div").classes("hf-stack")
        with ui.element("div").classes("hf-stack"):
            with ui.element("section").classes("hf-card").props('aria-label="For developers"'):
                _developers(session)
            with ui.element("section").classes("hf-card").props('aria-label="Models"'):
                text("Loaded models", tag="h2")
                models = ui.element("div").classes("hf-stack")

    async def refresh() -> None:
        await _refresh_services(session, services, pills)

    async def load_models() -> None:
        try:
            answer = await session.send(calls.models())
        except HexafaceError as failure:
            show_problem(models, failure)
        else:
            models.clear()
            with models:
                _models(answer)

    ui.timer(_REFRESH_SECONDS, refresh)
    ui.timer(0.1, load_models, once=True)
    session.on_key(load_models)


def _tiles() -> dict[str, TextElement]:
    pills: dict[str, TextElement] = {}
    with ui.element("div").classes("hf-cards"):
        for application in APPLICATIONS:
            with ui.element("a").classes("hf-card hf-tile").props(f'href="{application.path}"'):
                with ui.element("div").classes("hf-row").style("justify-content: space-between"):
                    ui.icon(application.icon).props('aria-hidden="true"')
                    pills[application.path] = text("checking", "hf-pill", "span")
                text(application.name, tag="h2")
                text(application.summary, "hf-muted hf-small")
    return pills


async def _refresh_services(session: Session, place: Element, pills: dict[str, TextElement]) -> None:
    try:
        states = (await session.send(calls.ready())).services
    except HexafaceError as failure:
        show_problem(place, failure)
        states = {}
    else:
        place.clear()
        with place:
            for name, state in states.items():
                _service(name, state)
    for application in APPLICATIONS:
        down = [name for name in application.services if states.get(name) != "ready"]
        pill = pills[application.path]
        pill.set_text("ready" if not down else f"{', '.join(down)} not ready")
        pill.classes(add="hf-warn" if down else "hf-good", remove="hf-good" if down else "hf-warn")


def _service(name: str, state: str) -> None:
    with ui.element("div").classes("hf-row").style("justify-content: space-between"):
        text(name, tag="span")
        text(
            "ready" if state == "ready" else "not ready",
            f"hf-pill {'hf-good' if state == 'ready' else 'hf-bad'}",
            "span",
        )
    if state != "ready":
        text(state, "hf-muted hf-small")


def _developers(session: Session) -> None:
    text("For developers", tag="h2")
    with ui.element("div").classes("hf-row"):
        for name, path in (
            ("API documentation", "/docs"),
            ("OpenAPI", "/openapi.json"),
            ("Readiness", "/readyz"),
            ("Metrics", "/metrics"),
        ):
            link = text(name, "hf-button", "a")
            link.props["href"] = session.url + path


def _models(answer: ModelsAnswer) -> None:
    with (
        ui.element("div")
        .classes("hf-table-frame")
        .props('tabindex="0" role="region" aria-label="Loaded models"'),
        ui.element("table").classes("hf-table"),
    ):
        with ui.element("thead"), ui.element("tr"):
            for heading in ("Task", "Model", "Version", "Runs on", "Weights", "Training data"):
                text(heading, tag="th").props('scope="col"')
        with ui.element("tbody"):
            for model in answer.models:
                with ui.element("tr"):
                    text(model.task, tag="th").props('scope="row"')
                    cells = (model.name, model.version, model.provider.removesuffix("ExecutionProvider"))
                    for cell in cells:
                        text(cell, tag="td")
                    for cell in (model.licence.get("weights", ""), model.training_data):
                        text(cell, "hf-wrap", "td")
    for name in answer.unavailable:
        text(f"{name}: no model answers.", "hf-note")
