"""Execution providers: what was asked for, what is there, and a refusal when they differ."""

from pathlib import Path
from typing import Any

import onnxruntime as ort

from serving.errors import ProviderError
from serving.settings import Provider, ServiceSettings

CPU, CUDA, TENSORRT = "CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"
_WANTED: dict[Provider, str] = {"cpu": CPU, "cuda": CUDA, "tensorrt": TENSORRT}

ProviderOptions = tuple[str, dict[str, Any]]


def candidates(settings: ServiceSettings) -> list[list[ProviderOptions]]:
    """Provider lists to try, best first: one for an explicit choice, several for `auto`.

    Raises ProviderError when this build of onnxruntime lacks the provider that was asked for.
    """
    available = ort.get_available_providers()
    if settings.provider == "auto":
        # TensorRT compiles for minutes at first use, so `auto` never picks it unasked.
        wanted = [name for name in (CUDA, CPU) if name in available]
    else:
        wanted = [_WANTED[settings.provider]]
        if wanted[0] not in available:
            raise ProviderError(
                f"HEXAFACE_PROVIDER={settings.provider}, but this onnxruntime offers only {', '.join(available)}; "
                "use the GPU image (onnxruntime-gpu), or set HEXAFACE_PROVIDER=cpu"
            )
    return [_stack(name, settings) for name in wanted]


def audit(asked: str, session: ort.InferenceSession) -> str:
    """The provider a session really uses. Raises ProviderError when it is not the one that was asked for.

    onnxruntime drops a provider whose libraries fail to load with no more than a log line; this is where that ends.
    """
    actual = str(session.get_providers()[0])
    if actual != asked:
        raise ProviderError(
            f"{asked} was asked for but the session runs on {actual}: the GPU, its driver (`nvidia-smi`), "
            "CUDA 13 or cuDNN 9 is missing in this environment; `hexaface doctor` names which"
        )
    return actual


def _stack(name: str, settings: ServiceSettings) -> list[ProviderOptions]:
    """A provider with the fallbacks onnxruntime needs for single operators it lacks."""
    if name == CPU:
        return [(CPU, {})]
    cuda: dict[str, Any] = {"device_id": settings.device_id, "arena_extend_strategy": "kSameAsRequested"}
    if settings.gpu_memory_mib:
        cuda["gpu_mem_limit"] = settings.gpu_memory_mib * 1024 * 1024
    if name == CUDA:
        return [(CUDA, cuda), (CPU, {})]
    tensorrt: dict[str, Any] = {"device_id": settings.device_id, "trt_fp16_enable": True}
    if settings.tensorrt_cache is not None:
        tensorrt |= {
            "trt_engine_cache_enable": True,
            "trt_engine_cache_path": str(Path(settings.tensorrt_cache)),
        }
    return [(TENSORRT, tensorrt), (CUDA, cuda), (CPU, {})]
