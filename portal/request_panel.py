"""The request behind a result, to copy as curl and as Python, and its raw answer."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from contracts.message import Message
from portal.elements import text

# json.dumps puts every number of a point on its own line; these stand together again.
_NUMBERS = re.compile(r"\[\s+(-?[\d.e+-]+(?:,\s+-?[\d.e+-]+)*)\s+\]")
_PRINT = "print(answer.model_dump_json(indent=2, exclude_none=True))"


@dataclass(frozen=True)
class Example:
    """A request as a person would write it: the route, the files by field, the options, and the Python call."""

    path: str
    python: str
    files: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    def curl(self, url: str) -> str:
        """The request for a shell."""
        parts = ["curl"]
        parts += [f"-F {_file(name, file)}" for name, file in self.files.items()]
        parts += [f"-F {name}={_written(value)}" for name, value in self.options.items() if value is not None]
        if self.body is not None:
            given = {name: value for name, value in self.body.items() if value is not None}
            parts.append(f"-H 'Content-Type: application/json' -d '{json.dumps(given)}'")
        return " \\\n  ".join([*parts, shlex.quote(url + self.path)])

    def program(self, url: str) -> str:
        """The request as a Python program, which prints the answer."""
        lines = ["from hexaface import Client", "", f'with Client("{url}") as client:']
        return "\n".join([*lines, f"    answer = {self.python}", _PRINT])


def python_call(method: str, files: Sequence[str], options: Mapping[str, Any]) -> str:
    """A call of the client's method as Python."""
    arguments = [repr(file) for file in files]
    arguments += [f"{name}={value!r}" for name, value in options.items() if value is not None]
    return f"client.{method}({', '.join(arguments)})"


class RequestPanel:
    """Two folds under a result: how to ask for it from a program, and what came back."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._place = ui.element("div").classes("hf-stack")

    def show(self, example: Example, answer: Message) -> None:
        """Replace what is shown."""
        self._place.clear()
        with self._place:
            with _fold("The request, to copy"):
                code("curl", example.curl(self._url))
                code("Python", example.program(self._url))
                text(
                    'With keys: add -H "X-API-Key: ..." to curl, api_key="..." to Client.',
                    "hf-muted hf-small",
                )
            with _fold("The answer as JSON"):
                content = json.dumps(answer.model_dump(mode="json", exclude_none=True), indent=2)
                code("JSON", _NUMBERS.sub(lambda found: "[" + re.sub(r"\s+", " ", found[1]) + "]", content))


def code(title: str, content: str) -> None:
    """A text to copy, with a button that does it."""
    with ui.element("figure").classes("hf-code").style("margin:0"):
        text(title, tag="figcaption")
        copy = text("Copy", "hf-button", "button").props(f'type="button" aria-label="Copy the {title}"')
        copy.on("click", js_handler="(event) => hexaface.copy(event.currentTarget)")
        text(content, tag="pre").props(f'tabindex="0" role="region" aria-label="{title}"')


def _fold(title: str) -> ui.element:
    fold = ui.element("details").classes("hf-fold")
    with fold:
        text(title, tag="summary")
        return ui.element("div").classes("hf-stack")


def _written(value: Any) -> str:
    return (
        ",".join(map(str, value))
        if isinstance(value, list | tuple)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )


def _file(field_name: str, file: str) -> str:
    if re.fullmatch(r"[\w.-]+", file):
        return f"{field_name}=@{file}"
    # In quotes, because curl takes ; and , of a bare name for its own signs.
    escaped = file.replace("\\", "\\\\").replace('"', '\\"')
    return shlex.quote(f'{field_name}=@"{escaped}"')
