"""onnxruntime sessions as a service needs them: on an audited provider, without idle threads that spin, with shared memory."""

import os
from functools import cache
from pathlib import Path

import onnxruntime as ort
import structlog

from serving.errors import ProviderError
from serving.providers import CPU, ProviderOptions, audit, candidates
from serving.settings import ServiceSettings

log = structlog.get_logger(__name__)


def cores_of(settings: ServiceSettings) -> int:
    """How many cores the models may use."""
    return settings.threads or len(os.sched_getaffinity(0))


def load(file: Path, settings: ServiceSettings) -> tuple[ort.InferenceSession, str]:
    """A graph on the best provider that was asked for, with all cores, and that provider's name. Raises ProviderError."""
    stacks = candidates(settings)
    for stack in stacks:
        try:
            return _open(file, stack, threads=cores_of(settings))
        except ProviderError as error:
            if stack is stacks[-1]:
                raise
            log.warning("provider.unusable", provider=stack[0][0], reason=str(error))
    raise ProviderError("onnxruntime offers no execution provider")


def load_narrow(file: Path) -> ort.InferenceSession:
    """A graph on one core: any number of threads may run it at once, each for itself. Raises ProviderError."""
    return _open(file, [(CPU, {})], threads=1)[0]


def _open(file: Path, stack: list[ProviderOptions], *, threads: int) -> tuple[ort.InferenceSession, str]:
    provider = stack[0][0]
    options = _options(threads, shared_memory=provider == CPU)
    try:
        session = ort.InferenceSession(str(file), options, providers=stack)
    except Exception as error:
        raise ProviderError(f"{file.name} cannot be loaded on {provider}: {error}") from error
    session.disable_fallback()
    return session, audit(provider, session)


def _options(threads: int, *, shared_memory: bool) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = threads
    # Idle threads that spin steal the cores from the other sessions: a one-face photo took 188 ms with
    # spinning and 57 ms without on two cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Requests come in every batch size; remembering a memory plan per shape only grows the process.
    options.enable_mem_pattern = False
    if shared_memory:
        _share_memory()
        options.add_session_config_entry("session.use_env_allocators", "1")
    return options


@cache
def _share_memory() -> None:
    """Give all sessions of the process one pool of memory: what each takes for its largest batch is not kept apart.

    All six models, run at batch 8: 200 MiB instead of 288.
    """
    memory = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    ort.create_and_register_allocator(memory, None)
