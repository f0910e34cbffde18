"""Prove the CUDA provider, and TensorRT where its libraries are, for every model and end to end; print a report.

python -m benchmarks.gpu [--rehearse] [--only MODEL ...]

Ends with 1 when something that must hold does not: a provider that is not the one asked for, an answer beyond its
tolerance, a start without the GPU that was not refused. `--rehearse` goes through everything on the CPU provider.
"""

import argparse
import asyncio
import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

import httpx
import onnxruntime as ort

from benchmarks.gpu.models import (
    FULL,
    REHEARSAL,
    Effort,
    Stack,
    answer,
    bound_times,
    device_of,
    graph_time,
    open_model,
    times,
)
from benchmarks.load import IncompleteError, drive_for
from benchmarks.photos import photos
from benchmarks.servers import Running, all_in_one, free_port
from hexaface.embedded.doctor_gpu import faults, read_facts
from serving.manifest import ModelFiles, locate, read_manifest
from serving.providers import CPU, CUDA, TENSORRT
from serving.settings import ServiceSettings
from web.logs import configure_logs

# What TensorRT 10's provider loads; onnxruntime-gpu names the provider whether or not it is there.
_TENSORRT_LIBRARY = "libnvinfer.so.10"
_REFUSAL_SECONDS = 120
_ITEMS = "32"
"""In a run, as `deploy/compose.gpu.yml` has it."""


def main() -> int:
    """Go through every part; the number of faults, at most 1."""
    configure_logs("ERROR", "console")
    arguments = _arguments()
    rehearse = arguments.rehearse
    print(f"# GPU proof, {datetime.now(UTC):%Y-%m-%d}, onnxruntime {ort.__version__}\n\n{_nvidia_smi()}\n")
    if not rehearse:
        ort.preload_dlls()
        missing = list(faults(read_facts()))
        if missing:
            print("\n".join(f"* {fault}" for fault in missing))
            return 1
    folder = ServiceSettings().models
    models = {name: locate(folder, name) for name in arguments.only or read_manifest(folder).models}
    found: list[str] = []
    stacks: list[Stack] = [[(CPU, {})]] if rehearse else list(_stacks())
    effort = REHEARSAL if rehearse else FULL
    for stack in stacks:
        found += answers(models, stack)
        _table(models, stack, effort)
    _graphs(models, stacks[0], effort)
    found += _refusals()
    _end_to_end("cpu" if rehearse else "cuda", effort)
    print("\n".join(["", "## Faults", "", *(f"* {fault}" for fault in found)]) if found else "\nNo fault.")
    return min(1, len(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The whole GPU proof.")
    parser.add_argument(
        "--rehearse", action="store_true", help="on the CPU provider, to try the script itself"
    )
    parser.add_argument(
        "--only", nargs="+", metavar="MODEL", help="entries of the manifest; all unless given"
    )
    return parser.parse_args()


def _stacks() -> Iterator[Stack]:
    """CUDA, and TensorRT in fp32 and fp16 where this build has it."""
    cuda: Stack = [(CUDA, {"device_id": "0"}), (CPU, {})]
    yield cuda
    if TENSORRT in ort.get_available_providers() and _tensorrt_is_there():
        for half in ("0", "1"):
            yield [(TENSORRT, {"device_id": "0", "trt_fp16_enable": half}), *cuda]


def _tensorrt_is_there() -> bool:
    try:
        ctypes.CDLL(_TENSORRT_LIBRARY)
    except OSError:
        print(f"TensorRT is not measured: {_TENSORRT_LIBRARY} cannot be loaded.")
        return False
    return True


def _title(stack: Stack) -> str:
    name, options = stack[0]
    return name + (" fp16" if options.get("trt_fp16_enable") == "1" else "")


def answers(models: dict[str, ModelFiles], stack: Stack) -> list[str]:
    """The table of answers against the stored ones (fp32, on a CPU); what is beyond its tolerance."""
    title, found = _title(stack), []
    print(
        f"\n## Answers on {title}\n\n| model | difference | tolerance | cosine | device MiB |\n|---|---|---|---|---|"
    )
    for name, files in models.items():
        try:
            session = open_model(files, stack)
            seen = answer(session, files)
        except Exception as error:  # noqa: BLE001  # whatever a provider raises is the finding
            found.append(f"{name} on {title}: {type(error).__name__}: {error}")
            continue
        print(
            f"| {name} | {seen.difference:.2g} | {seen.tolerance:g} | {seen.cosine:.6f} | {_device_mib()} |",
            flush=True,
        )
        if not seen.difference <= seen.tolerance:
            found.append(f"{name} on {title}: {seen.difference:.3g} off, tolerance {seen.tolerance:g}")
    return found


def _table(models: dict[str, ModelFiles], stack: Stack, effort: Effort) -> None:
    """Milliseconds by batch size, by plain calls and with IO binding, and items per second at the largest."""
    heads = " | ".join(f"{batch}" for batch in effort.batches)
    most = effort.batches[-1]
    print(
        f"\n## Milliseconds a run on {_title(stack)} by batch size\n\n| model | {heads} | per s at {most} |"
    )
    print("|---" * (len(effort.batches) + 2) + "|")
    for name, files in models.items():
        ways: dict[str, Callable[[ort.InferenceSession, ModelFiles, Effort], dict[int, float]]]
        ways = {"": times, ", bound": partial(bound_times, device=device_of(stack))}
        for way, measure in ways.items():
            try:
                seen = measure(open_model(files, stack), files, effort)
            except Exception as error:  # noqa: BLE001  # a way that does not work is a line of the report
                print(f"| {name}{way} | {_in_short(error)} |")
                continue
            cells = " | ".join(f"{seen[batch]:.2f}" for batch in effort.batches)
            print(f"| {name}{way} | {cells} | {most / seen[most] * 1e3:.0f} |", flush=True)


def _graphs(models: dict[str, ModelFiles], stack: Stack, effort: Effort) -> None:
    print(f"\n## CUDA graphs, on {_title(stack)}\n\n| model | batch 1 ms | batch 8 ms |\n|---|---|---|")
    for name, files in models.items():
        try:
            cells = " | ".join(f"{graph_time(files, stack, batch, effort):.2f}" for batch in (1, 8))
        except Exception as error:  # noqa: BLE001  # a graph that cannot be captured is a line of the report
            cells = f"{_in_short(error)} |"
        print(f"| {name} | {cells} |", flush=True)


def _in_short(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:80]}"


def _refusals() -> list[str]:
    """With the GPU hidden, a service that was asked for CUDA must not start."""
    hidden = {"CUDA_VISIBLE_DEVICES": "", "HEXAFACE_PROVIDER": "cuda", "HEXAFACE_PORT": f"{free_port()}"}
    command = [sys.executable, "-m", "serving", "emotion"]
    try:
        ended = subprocess.run(
            command,
            env=os.environ | hidden,
            timeout=_REFUSAL_SECONDS,
            capture_output=True,
            text=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ["with the GPU hidden, HEXAFACE_PROVIDER=cuda started all the same"]
    print(f"\nWith the GPU hidden the service ended with {ended.returncode}: {ended.stderr.strip()[-300:]}")
    return [] if ended.returncode else ["with the GPU hidden, HEXAFACE_PROVIDER=cuda was not refused"]


def _end_to_end(provider: str, effort: Effort) -> None:
    print(
        "\n## Analyses, everything on, all in one\n\n| photo | at once | per s | p50 ms |\n|---|---|---|---|"
    )
    os.environ |= {"HEXAFACE_PROVIDER": provider, "HEXAFACE_MAX_BATCH": _ITEMS}
    with all_in_one() as server:
        for photo, picture in photos().items():
            for at_once in effort.at_once:
                print(f"| {photo} | {at_once} | {_rate(server, picture, at_once, effort)} |", flush=True)
        print(f"\nDevice memory with all models loaded and used: {_device_mib()} MiB.")


def _rate(server: Running, picture: bytes, at_once: int, effort: Effort) -> str:
    """Pictures per second and median milliseconds; the reason where the server refused or left something out."""
    try:
        asyncio.run(drive_for(server.url, picture, concurrency=at_once, seconds=effort.photo_seconds / 6))
        seen = asyncio.run(drive_for(server.url, picture, concurrency=at_once, seconds=effort.photo_seconds))
    except httpx.HTTPStatusError as error:
        return f"refused with {error.response.status_code} | -"
    except (httpx.TransportError, IncompleteError) as error:
        return f"{_in_short(error)} | -"
    return f"{seen.per_second:.1f} | {seen.quantile_ms(0.5):.0f}"


def _nvidia_smi() -> str:
    query = "name,driver_version,memory.total,compute_cap"
    return _asked_smi(query) or "no nvidia-smi"


def _device_mib() -> str:
    return _asked_smi("memory.used") or "-"


def _asked_smi(query: str) -> str:
    if shutil.which("nvidia-smi") is None:
        return ""
    command = ["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader,nounits"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
