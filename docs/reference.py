"""`python docs/reference.py` writes settings.md and errors.md from the code; a test compares them with it."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

import gateway.app  # noqa: F401  # so that every problem of the gateway is known
from gateway.settings.analysis import AnalysisSettings
from gateway.settings.fetching import FetchingSettings
from gateway.settings.gateway import LogSettings
from gateway.settings.identities import IdentitySettings
from gateway.settings.keys import KeySettings
from gateway.settings.stores import StoreSettings
from gateway.settings.upstreams import UpstreamSettings
from portal.settings import PortalSettings
from serving.settings import ServiceSettings
from web.listening import ListenSettings
from web.problems import InternalError, ProblemError

PARTS: dict[str, tuple[type[BaseSettings], ...]] = {
    "Every process": (ListenSettings, LogSettings),
    "The gateway: analysis and its services": (AnalysisSettings, FetchingSettings, UpstreamSettings),
    "The gateway: stores, keys and identities": (StoreSettings, KeySettings, IdentitySettings),
    "A service": (ServiceSettings,),
    "The portal": (PortalSettings,),
}

_SETTINGS = """# Settings

<!-- written by docs/reference.py: change the code, then run it -->

Every setting is an environment variable, read once at the start; a value that does not fit ends the start with one line
that names it. `hexaface serve` takes the settings of all parts.
"""
_ERRORS = """# Errors

<!-- written by docs/reference.py: change the code, then run it -->

Every error is an [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem (`application/problem+json`): `type` is stable
and meant for programs, `detail` and `errors` say what was wrong with this request, `request_id` finds its line in the log.

| `type` | status | meaning | what to do |
|---|---|---|---|
"""


def settings_page() -> str:
    """The page of all settings."""
    parts = []
    for title, classes in PARTS.items():
        rows = [
            row(settings, name, field)
            for settings in classes
            for name, field in settings.model_fields.items()
        ]
        parts.append(
            "\n".join([f"\n## {title}\n", "| variable | default | meaning |", "|---|---|---|", *rows, ""])
        )
    return _SETTINGS + "".join(parts)


def row(settings: type[BaseSettings], name: str, field: FieldInfo) -> str:
    """A setting's line."""
    alias = field.validation_alias
    first = alias.choices[0] if isinstance(alias, AliasChoices) else alias
    variable = (str(first) if first else f"{settings.model_config.get('env_prefix', '')}{name}").upper()
    return f"| `{variable}` | {shown(field)} | {field.description} |"


def shown(field: FieldInfo) -> str:
    """A default as one would write it in the environment."""
    value = field.default if field.default is not PydanticUndefined else None
    if value is None or value == "" or isinstance(value, SecretStr):
        return "-"
    if isinstance(value, Path):
        return "`models` of the checkout" if value.name == "models" else f"`{value.name}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`"


def errors_page() -> str:
    """The page of all problem types."""
    rows = [
        f"| `{kind.type}` | {kind.status} | {(kind.__doc__ or '').strip()} | {kind.remedy} |"
        for kind in sorted(set(problems(ProblemError)), key=lambda kind: (kind.status, kind.type))
    ]
    return _ERRORS + "\n".join(rows) + "\n"


def problems(kind: type[ProblemError]) -> Iterator[type[ProblemError]]:
    """Every class below `kind` that is a type of its own."""
    for child in kind.__subclasses__():
        if "title" in vars(child) or child is InternalError:
            yield child
        yield from problems(child)


def main() -> None:
    """Write both pages beside this file."""
    folder = Path(__file__).parent
    (folder / "settings.md").write_text(settings_page(), encoding="utf-8")
    (folder / "errors.md").write_text(errors_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
