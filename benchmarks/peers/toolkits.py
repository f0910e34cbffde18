"""What is compared: ours and each peer, how it is started, and the requests of each way to ask it."""

import json
import os
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

import httpx

from benchmarks.checkout import ROOT
from benchmarks.load import FEATURES
from benchmarks.servers import Running, all_in_one, free_port, started
from contracts.version import __version__

_SERVERS = ROOT / "benchmarks" / "peers" / "servers"
_LOCKS = ROOT / "requirements"
DETECTION, EVERYTHING = "detection", "everything"

Ask = Callable[[httpx.AsyncClient, bytes], httpx.Request]
"""The request for a picture."""
Start = Callable[[], AbstractContextManager[Running]]


class NotMeasuredError(Exception):
    """A toolkit cannot be measured here; the text says why."""


@dataclass(frozen=True)
class Toolkit:
    """A server for faces. Each way to ask is one request or several, one after another."""

    name: str
    version: str
    start: Start
    ways: Mapping[str, tuple[Ask, ...]]
    faces: str = "faces"  # where an answer lists them


def toolkits() -> list[Toolkit]:
    """Ours first."""
    whole = {"features": FEATURES}
    raw_ways = {DETECTION: (_raw("/detect"),), EVERYTHING: (_raw("/everything"),)}
    return [
        Toolkit(
            "HexaFace",
            __version__,
            all_in_one,
            {DETECTION: (_form("/v1/detect", "image"),), EVERYTHING: (_form("/v1/analyze", "image", whole),)},
        ),
        Toolkit(
            "face_recognition",
            _locked("face-recognition"),
            # A worker per core, as Flask's guide deploys an app.
            partial(
                _gunicorn, "face-recognition", "face_recognition_server:create_app()", os.cpu_count() or 1
            ),
            raw_ways,
        ),
        Toolkit(
            "DeepFace",
            _locked("deepface"),
            # One worker, as its own script starts it: TensorFlow takes all cores.
            partial(_gunicorn, "deepface", "deepface.api.src.app:create_app()", 1),
            {EVERYTHING: (_form("/analyze", "img"), _form("/represent", "img"))},
            faces="results",
        ),
        Toolkit("Human", _human_version(), _human, raw_ways),
    ]


def _raw(path: str) -> Ask:
    """The picture as the body."""
    return lambda client, picture: client.build_request("POST", path, content=picture)


def _form(path: str, field: str, data: Mapping[str, str] | None = None) -> Ask:
    """The picture as a file of a form."""
    return lambda client, picture: client.build_request("POST", path, files={field: picture}, data=data)


def _gunicorn(peer: str, app: str, workers: int) -> AbstractContextManager[Running]:
    port = free_port()
    options = ["--workers", f"{workers}", "--bind", f"127.0.0.1:{port}", "--timeout", "3600"]
    return _peer(peer, ["bin/python", "-m", "gunicorn", *options, app], port)


def _human() -> AbstractContextManager[Running]:
    port = free_port()
    return _peer("human", ["node", str(_SERVERS / "human.mjs"), f"{port}"], port)


def _peer(peer: str, command: list[str], port: int) -> AbstractContextManager[Running]:
    """A server in an environment of its own, which `make bench-peers` fills."""
    home = ROOT / f".venv-peers-{peer}"
    if not (home / "stamp").exists():
        raise NotMeasuredError("its packages could not be installed here")
    # Its packages and its server's file, nothing of ours.
    return started([command], port, {"PYTHONPATH": str(_SERVERS)}, home, ready="/")


def _locked(package: str) -> str:
    lock = (_LOCKS / f"peers-{package}.txt").read_text()
    found = re.search(rf"^{package}==(\S+)", lock, re.MULTILINE)
    return found[1] if found else "?"


def _human_version() -> str:
    package = json.loads((_LOCKS / "peers-human" / "package.json").read_text())
    version: str = package["dependencies"]["@vladmandic/human"]
    return version
