"""Native form controls: they bring keyboard, screen reader and phone behaviour with them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from portal.elements import text

_VALUE = "(event) => emit(event.target.value)"


def button(label: str, on_click: Callable[[], Any], classes: str = "") -> Element:
    """A button."""
    made = text(label, f"hf-button {classes}", "button").props('type="button"')
    return made.on("click", lambda _: on_click(), args=[])


class Field:
    """A labelled control with its present `value`; `on_change` is called after each change."""

    def __init__(self, label: str, tag: str, value: Any, attributes: Mapping[str, Any]) -> None:
        self.value = value
        self.on_change: Callable[[], Any] = lambda: None
        with ui.element("label").classes("hf-field"):
            with ui.element("span"):
                text(label, tag="span")
                # An <output> would take the label from the control.
                self.output = text("", "hf-number", "span")
            self.control = ui.element(tag)
        for name, attribute in attributes.items():
            self.control.props[name] = attribute
        # As an attribute (^): as a property Vue would write it again at each redraw, over what was typed meanwhile.
        if tag == "input":
            self.control.props["^value"] = value

    def change(self, value: Any) -> None:
        """Note what the person entered."""
        self.value = value
        self.on_change()

    def enter(self, value: str) -> None:
        """Set the value from here."""
        self.value = value
        ui.run_javascript(f"getHtmlElement({self.control.id}).value = {json.dumps(value)}")


def slider(label: str, low: float, high: float, value: float, step: float) -> Field:
    """A slider that shows its number."""
    field = Field(label, "input", value, {"type": "range", "min": low, "max": high, "step": step})

    def changed(event: GenericEventArguments) -> None:
        field.change(float(event.args))
        show()

    def show() -> None:
        field.output.set_text(f"{field.value:g}")

    show()
    field.control.on("input", changed, js_handler=_VALUE, throttle=0.1)
    return field


def choice(label: str, options: Mapping[str, str], value: str) -> Field:
    """A choice among a few; `options` maps values to what is shown."""
    field = Field(label, "select", value, {})
    with field.control:
        for key, shown in options.items():
            option = text(shown, tag="option")
            option.props["value"] = key
            if key == value:
                option.props["selected"] = True
    field.control.on("change", lambda event: field.change(event.args), js_handler=_VALUE)
    return field


def entry(label: str, value: str = "", kind: str = "text", **attributes: Any) -> Field:
    """A line of text (or a number, or a password)."""
    field = Field(label, "input", value, {"type": kind, "autocomplete": "off", **attributes})
    field.control.on("input", lambda event: field.change(event.args), js_handler=_VALUE)
    return field


class Check:
    """A check box with its present `value`."""

    def __init__(self, label: str, *, value: bool, on_change: Callable[[], Any]) -> None:
        self.value = value
        with ui.element("label").classes("hf-check"):
            box = ui.element("input").props('type="checkbox"')
            box.props["checked"] = value
            text(label, tag="span")

        def changed(event: GenericEventArguments) -> None:
            self.value = bool(event.args)
            on_change()

        box.on("change", changed, js_handler="(event) => emit(event.target.checked)")
