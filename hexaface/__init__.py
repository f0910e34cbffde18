"""HexaFace for people: the `hexaface` command, the all-in-one server and the Python client, sync and async.

from hexaface import Client

with Client("http://127.0.0.1:8000") as client:
    for face in client.analyze("photo.jpg").faces:
        print(face.box, face.attributes)

`help(Client.analyze)` lists the options; `hexaface.client.errors` draws what may be raised. `learn_neutral` makes a
person's resting face of several answers, for `analyze(..., neutral=...)`; `relative_to` takes it out of an answer.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# onnxruntime reports its use to its vendor unless this is set before its first import, which may be ours.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from contracts.version import __version__

if TYPE_CHECKING:
    from contracts.action_units import learn_neutral, relative_to
    from hexaface.client.clients import AsyncClient, Client
    from hexaface.client.errors import (
        HexafaceError,
        InvalidArgumentError,
        ServerProblemError,
        UnreachableError,
    )

__all__ = [
    "AsyncClient",
    "Client",
    "HexafaceError",
    "InvalidArgumentError",
    "ServerProblemError",
    "UnreachableError",
    "__version__",
    "learn_neutral",
    "relative_to",
]

_HOMES = {
    "AsyncClient": "hexaface.client.clients",
    "Client": "hexaface.client.clients",
    "HexafaceError": "hexaface.client.errors",
    "InvalidArgumentError": "hexaface.client.errors",
    "ServerProblemError": "hexaface.client.errors",
    "UnreachableError": "hexaface.client.errors",
    "learn_neutral": "contracts.action_units",
    "relative_to": "contracts.action_units",
}


def __getattr__(name: str) -> Any:
    """The public names, imported at their first use: `hexaface --help` needs no HTTP client (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
