"""A question before something is gone for good."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from portal.controls import button
from portal.elements import text


def confirm(question: str, verb: str, act: Callable[[], Awaitable[None]]) -> None:
    """Ask; `act` runs when the person agrees."""
    with (
        ui.dialog().props('aria-label="Please confirm"') as dialog,
        ui.element("div").classes("hf-dialog hf-stack"),
    ):
        text(question)

        async def agreed() -> None:
            dialog.close()
            await act()

        with ui.element("div").classes("hf-row"):
            button(verb, agreed, "hf-danger")
            button("Cancel", dialog.close)
    dialog.on_value_change(lambda event: None if event.value else dialog.delete())
    dialog.open()
