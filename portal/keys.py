"""The dialog that asks for an API key."""

from nicegui import ui

from portal.controls import button, entry
from portal.elements import text
from portal.session import Session


def ask_for_key() -> None:
    """Ask for an API key; it stays in this browser tab's session and nowhere else."""
    with ui.dialog().props('aria-label="API key"') as dialog, ui.element("div").classes("hf-dialog hf-stack"):
        text("API key", tag="h2")
        text(
            "The key is kept in this tab until you close it, and sent only to the HexaFace server. "
            "An operator makes one with the command `hexaface keys create`.",
            "hf-muted hf-small",
        )
        key = entry("Key", kind="password", autofocus=True)

        def keep(value: str) -> None:
            Session.keep_key(value.strip())
            dialog.close()
            ui.notify("The key is kept for this tab." if value.strip() else "The key is forgotten.")

        with ui.element("div").classes("hf-row"):
            button("Use this key", lambda: keep(key.value), "hf-main")
            button("Forget the key", lambda: keep(""))
            button("Cancel", dialog.close)
        key.control.on("keydown.enter", lambda _: keep(key.value), args=[])
    dialog.on_value_change(lambda event: None if event.value else dialog.delete())
    dialog.open()
