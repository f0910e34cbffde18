"""What this machine and installation can do: one verdict per question."""

import os
import platform
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import onnxruntime as ort

from hexaface.embedded.doctor_gpu import faults, read_facts
from serving.errors import StartupError
from serving.manifest import locate, read_manifest
from serving.session import check_golden, open_session
from serving.settings import ServiceSettings

Verdict = Literal["ok", "note", "fail"]

_OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One question's verdict, and what to do when it is not ok."""

    question: str
    verdict: Verdict
    answer: str


def examine(port: int) -> Iterator[Finding]:
    """All findings, cheapest first."""
    settings = ServiceSettings()
    checks: list[Callable[[], Iterator[Finding]]] = [
        _python,
        _machine,
        lambda: _providers(settings),
        lambda: _port(port),
        lambda: _models(settings),
    ]
    for check in checks:
        yield from check()


def _python() -> Iterator[Finding]:
    good = sys.version_info >= _OLDEST_PYTHON
    yield Finding(
        "Python", "ok" if good else "fail", f"{platform.python_version()} (3.11 or newer is needed)"
    )


def _machine() -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    # All six models in one process stay below 1 GiB; half as much again leaves room for the pictures.
    verdict: Verdict = "ok" if memory >= 1.5 else "note"  # noqa: PLR2004  # GiB, docs/operations.md
    yield Finding("machine", verdict, f"{cores} cores, {memory:.1f} GiB memory, {platform.machine()}")


def _providers(settings: ServiceSettings) -> Iterator[Finding]:
    available = ", ".join(name.removesuffix("ExecutionProvider") for name in ort.get_available_providers())
    yield Finding("onnxruntime", "ok", f"{ort.__version__} with {available}")
    if settings.provider in ("cuda", "tensorrt"):
        found = list(faults(read_facts()))
        for fault in found:
            yield Finding("GPU", "fail", f"HEXAFACE_PROVIDER={settings.provider}, but {fault}")
        if not found:
            yield Finding("GPU", "ok", "driver, device and CUDA libraries are there")
    elif "CUDAExecutionProvider" not in ort.get_available_providers():
        yield Finding(
            "GPU", "note", "not used: this onnxruntime is the CPU build (the GPU image has onnxruntime-gpu)"
        )


def _port(port: int) -> Iterator[Finding]:
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", port)) == 0
    answer = "is in use: a server runs already, or choose another with --port" if taken else "is free"
    yield Finding(f"port {port}", "note" if taken else "ok", answer)


def _models(settings: ServiceSettings) -> Iterator[Finding]:
    try:
        manifest = read_manifest(settings.models)
    except StartupError as error:
        yield Finding("models", "fail", str(error))
        return
    for task, entry in manifest.models.items():
        try:
            locate(settings.models, task)
            session, files = open_session(task, settings)
            check_golden(session, files)
        except StartupError as error:
            yield Finding(f"model {task}", "fail", str(error))
        else:
            where = session.provider.removesuffix("ExecutionProvider")
            yield Finding(
                f"model {task}", "ok", f"{entry.name} {entry.version} reproduces its stored answer on {where}"
            )
