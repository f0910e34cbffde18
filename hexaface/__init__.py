"""HexaFace for people: the `hexaface` command, the all-in-one server and the Python client.

from hexaface import Client

with Client("http://127.0.0.1:8000") as client:
    for face in client.analyze("photo.jpg").faces:
        print(face.box, face.attributes)
"""

import os

# onnxruntime reports its use to its vendor unless this is set before its first import, which may be ours.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from contracts.version import __version__
from hexaface.client import AsyncClient, Client
from hexaface.errors import HexafaceError, ServerProblemError, UnreachableError

__all__ = ["AsyncClient", "Client", "HexafaceError", "ServerProblemError", "UnreachableError", "__version__"]
