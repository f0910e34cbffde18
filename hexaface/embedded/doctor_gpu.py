"""Why CUDA is not to be had: the usual failures of a GPU machine, each named with what to do."""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import onnxruntime as ort

# onnxruntime-gpu 1.31 is built for CUDA 13, whose oldest driver this is (CUDA 13 release notes, table 2).
OLDEST_DRIVER = 580
_DRIVER = Path("/proc/driver/nvidia/version")
_LIBRARIES = ("libcuda.so.1", "libcudart.so.13", "libcublas.so.13", "libcudnn.so.9")


@dataclass(frozen=True)
class GpuFacts:
    """What this machine or container shows of a GPU."""

    providers: tuple[str, ...]
    driver: int | None
    device_visible: bool
    missing_libraries: tuple[str, ...]


def read_facts() -> GpuFacts:
    """Look at the driver, the device files and the libraries; starts nothing on the GPU."""
    return GpuFacts(
        providers=tuple(ort.get_available_providers()),
        driver=_driver_version(),
        device_visible=any(Path("/dev").glob("nvidia[0-9]*")),
        missing_libraries=tuple(name for name in _LIBRARIES if not _loads(name)),
    )


def faults(facts: GpuFacts) -> Iterator[str]:
    """What keeps CUDA from working, most fundamental first; nothing when all is there."""
    if "CUDAExecutionProvider" not in facts.providers:
        yield "this onnxruntime is built without CUDA: install onnxruntime-gpu in its place (the GPU image has it)"
    if facts.driver is None:
        yield "no NVIDIA driver is loaded: install it on the host; `nvidia-smi` must work there"
    elif facts.driver < OLDEST_DRIVER:
        yield f"the NVIDIA driver {facts.driver} is too old: CUDA 13 needs {OLDEST_DRIVER} or newer"
    if facts.driver is not None and not facts.device_visible:
        yield "the driver is loaded but no GPU is visible: start the container with --gpus, or use deploy/compose.gpu.yml"
    for name in facts.missing_libraries:
        yield f"{name} cannot be loaded: {_provider_of(name)}"


def _provider_of(library: str) -> str:
    if library.startswith("libcuda."):
        return "it comes with the driver; in a container, from the NVIDIA container toolkit"
    if library.startswith("libcudnn"):
        return "cuDNN 9 is missing; use a CUDA base image with cuDNN"
    return "the CUDA 13 runtime is missing; use a CUDA base image"


def _driver_version() -> int | None:
    try:
        found = re.search(r"\s(\d{3})\.\d+", _DRIVER.read_text(encoding="utf-8"))
    except OSError:
        return None
    return int(found[1]) if found else None


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
