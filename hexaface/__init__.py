"""HexaFace for people: the `hexaface` command, the all-in-one server and the Python client.

from hexaface import Client

with Client("http://127.0.0.1:8000") as client:
    for face in client.analyze("photo.jpg").faces:
        print(face.box, face.attributes)
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# onnxruntime reports its use to its vendor unless this is set before its first import, which may be ours.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from contracts.version import __version__

if TYPE_CHECKING:
    from hexaface.client.clients import AsyncClient, Client
    from hexaface.client.errors import HexafaceError, ServerProblemError, UnreachableError

__all__ = ["AsyncClient", "Client", "HexafaceError", "ServerProblemError", "UnreachableError", "__version__"]

_HOMES = {
    "AsyncClient": "hexaface.client.clients",
    "Client": "hexaface.client.clients",
    "HexafaceError": "hexaface.client.errors",
    "ServerProblemError": "hexaface.client.errors",
    "UnreachableError": "hexaface.client.errors",
}


def __getattr__(name: str) -> Any:
    """The public names, imported at their first use: `hexaface --help` needs no HTTP client (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
