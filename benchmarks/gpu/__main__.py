"""Prove the CUDA provider, and TensorRT where its libraries are, for every model and end to end; print a report.

python -m benchmarks.gpu [--rehearse]

Ends with 1 when something that must hold does not: a provider that is not the one asked for, an answer beyond its
tolerance, a start without the GPU that was not refused. `--rehearse` goes through everything on the CPU provider.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

import onnxruntime as ort

from benchmarks.gpu.models import BATCHES, Stack, answer, bound_times, graph_time, open_model, times
from benchmarks.load import drive_for
from benchmarks.photos import photos
from benchmarks.servers import all_in_one
from hexaface.embedded.doctor_gpu import faults, read_facts
from serving.manifest import ModelFiles, locate, read_manifest
from serving.providers import CPU, CUDA, TENSORRT
from serving.settings import ServiceSettings
from web.logs import configure_logs

_CONCURRENCIES = (1, 8, 16, 32)


def main() -> int:
    """Go through every part; the number of faults, at most 1."""
    configure_logs("ERROR", "console")
    rehearse = _arguments().rehearse
    print(f"# GPU proof, {datetime.now(UTC):%Y-%m-%d}, onnxruntime {ort.__version__}\n\n{_nvidia_smi()}\n")
    if not rehearse:
        ort.preload_dlls()
        missing = list(faults(read_facts()))
        if missing:
            print("\n".join(f"* {fault}" for fault in missing))
            return 1
    folder = ServiceSettings().models
    models = {name: locate(folder, name) for name in read_manifest(folder).models}
    found: list[str] = []
    for stack in [[(CPU, {})]] if rehearse else list(_stacks()):
        found += _answers(models, stack)
        _table(models, stack)
    if not rehearse:
        _graphs(models)
        found += _refusals()
    _end_to_end("cpu" if rehearse else "cuda")
    print("\n".join(["", "## Faults", "", *(f"* {fault}" for fault in found)]) if found else "\nNo fault.")
    return min(1, len(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The whole GPU proof.")
    parser.add_argument(
        "--rehearse", action="store_true", help="on the CPU provider, to try the script itself"
    )
    return parser.parse_args()


def _stacks() -> Iterator[Stack]:
    """CUDA, and TensorRT in fp32 and fp16 where this build has it."""
    cuda: Stack = [(CUDA, {"device_id": "0"}), (CPU, {})]
    yield cuda
    if TENSORRT in ort.get_available_providers():
        for half in ("0", "1"):
            yield [(TENSORRT, {"device_id": "0", "trt_fp16_enable": half}), *cuda]


def _title(stack: Stack) -> str:
    name, options = stack[0]
    return name + (" fp16" if options.get("trt_fp16_enable") == "1" else "")


def _answers(models: dict[str, ModelFiles], stack: Stack) -> list[str]:
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


def _table(models: dict[str, ModelFiles], stack: Stack) -> None:
    """Milliseconds by batch size, by plain calls and with IO binding, and items per second at the largest."""
    device = "cpu" if stack[0][0] == CPU else "cuda"
    heads = " | ".join(f"{batch}" for batch in BATCHES)
    print(
        f"\n## Milliseconds a run on {_title(stack)} by batch size\n\n| model | {heads} | per s at {BATCHES[-1]} |"
    )
    print("|---" * (len(BATCHES) + 2) + "|")
    for name, files in models.items():
        ways: dict[str, Callable[[ort.InferenceSession, ModelFiles], dict[int, float]]]
        ways = {"": times, ", bound": partial(bound_times, device=device)}
        for way, measure in ways.items():
            try:
                seen = measure(open_model(files, stack), files)
            except Exception as error:  # noqa: BLE001  # a way that does not work is a line of the report
                print(f"| {name}{way} | {type(error).__name__}: {str(error).splitlines()[0][:80]} |")
                continue
            cells = " | ".join(f"{seen[batch]:.2f}" for batch in BATCHES)
            print(f"| {name}{way} | {cells} | {BATCHES[-1] / seen[BATCHES[-1]] * 1e3:.0f} |", flush=True)


def _graphs(models: dict[str, ModelFiles]) -> None:
    print("\n## CUDA graphs\n\n| model | batch 1 ms | batch 8 ms |\n|---|---|---|")
    stack = next(_stacks())
    for name, files in models.items():
        try:
            cells = " | ".join(f"{graph_time(files, stack, batch):.2f}" for batch in (1, 8))
        except Exception as error:  # noqa: BLE001  # a graph that cannot be captured is a line of the report
            cells = f"{type(error).__name__}: {str(error).splitlines()[0][:80]} |"
        print(f"| {name} | {cells} |", flush=True)


def _refusals() -> list[str]:
    """With the GPU hidden, a service that was asked for CUDA must not start."""
    hidden = os.environ | {"CUDA_VISIBLE_DEVICES": "", "HEXAFACE_PROVIDER": "cuda", "HEXAFACE_PORT": "8999"}
    command = [sys.executable, "-m", "serving", "emotion"]
    try:
        ended = subprocess.run(command, env=hidden, timeout=60, capture_output=True, text=True, check=False)
    except subprocess.TimeoutExpired:
        return ["with the GPU hidden, HEXAFACE_PROVIDER=cuda started all the same"]
    print(f"\nWith the GPU hidden the service ended with {ended.returncode}: {ended.stderr.strip()[-300:]}")
    return [] if ended.returncode else ["with the GPU hidden, HEXAFACE_PROVIDER=cuda was not refused"]


def _end_to_end(provider: str) -> None:
    print(
        "\n## Analyses, everything on, all in one\n\n| photo | at once | per s | p50 ms |\n|---|---|---|---|"
    )
    os.environ["HEXAFACE_PROVIDER"] = provider
    with all_in_one() as server:
        for photo, picture in photos().items():
            for at_once in _CONCURRENCIES:
                asyncio.run(drive_for(server.url, picture, concurrency=at_once, seconds=0.5))
                seen = asyncio.run(drive_for(server.url, picture, concurrency=at_once, seconds=3))
                print(
                    f"| {photo} | {at_once} | {seen.per_second:.1f} | {seen.quantile_ms(0.5):.0f} |",
                    flush=True,
                )
        print(f"\nDevice memory with all models loaded and used: {_device_mib()} MiB.")


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
