"""What chaos does to a running compose project: containers killed, paused, cut off, starved of connections, memory and disk."""

import time
from collections.abc import Callable
from functools import partial

from tests.chaos.disturbances import PAUSE_SECONDS, use_up_connections
from tests.containers.stack import SERVICES, Stack, docker

_STORES = ("redis", "postgres")
# Twice what PostgreSQL takes at once (its default).
_CONNECTIONS = 200
_FULL_MEMORY = {"maxmemory": "1", "maxmemory-policy": "noeviction"}
_USUAL_MEMORY = {"maxmemory": "256mb", "maxmemory-policy": "allkeys-lru"}


def disturbances(stack: Stack) -> dict[str, Callable[[], None]]:
    """Every disturbance by name; each ends by itself and leaves the rest to the engine and the gateway."""
    found: dict[str, Callable[[], None]] = {
        "gateway's connections used up": partial(use_up_connections, stack.url),
        "postgres' connections used up": partial(_postgres_connections_used_up, stack),
        "redis' memory full": partial(_redis_memory_full, stack),
    }
    for name in ("gateway", *SERVICES, *_STORES):
        found |= {
            f"{name} killed": partial(_killed, stack, name),
            f"{name} paused": partial(_paused, stack, name),
        }
    for name in ("detector", *_STORES):
        found[f"{name} cut off"] = partial(_cut_off, stack, name)
    for name in ("gateway", "detector", "postgres"):
        found[f"{name}'s temporary folder full"] = partial(_folder_full, stack, name)
    return found


def _killed(stack: Stack, name: str) -> None:
    stack.kill(name)


def _paused(stack: Stack, name: str) -> None:
    # `docker pause` cannot freeze a container that is too busy; its processes stop at a signal always.
    script = f"kill -STOP -1; sleep {PAUSE_SECONDS}; kill -CONT -1"
    stack.run_in(stack.containers(name)[0], "sh", "-c", script)


def _cut_off(stack: Stack, name: str) -> None:
    container = stack.containers(name)[0]
    network = stack.network("stores" if name in _STORES else "services")
    docker("network", "disconnect", "--force", network, container)
    try:
        time.sleep(PAUSE_SECONDS)
    finally:
        docker("network", "connect", "--alias", name, network, container)


def _postgres_connections_used_up(stack: Stack) -> None:
    """Connections that say nothing, from within its container: nobody else can reach it."""
    script = (
        f"for i in $(seq {_CONNECTIONS}); do exec {{c}}<>/dev/tcp/127.0.0.1/5432; done; sleep {PAUSE_SECONDS}"
    )
    stack.run_in(stack.containers("postgres")[0], "bash", "-c", script)


def _redis_memory_full(stack: Stack) -> None:
    container = stack.containers("redis")[0]
    for values, seconds in ((_FULL_MEMORY, PAUSE_SECONDS), (_USUAL_MEMORY, 0)):
        words = [word for pair in values.items() for word in pair]
        stack.run_in(container, "valkey-cli", "CONFIG", "SET", *words)
        time.sleep(seconds)


def _folder_full(stack: Stack, name: str) -> None:
    script = f"dd if=/dev/zero of=/tmp/filler bs=1M 2>/dev/null; sleep {PAUSE_SECONDS}; rm /tmp/filler"
    stack.run_in(stack.containers(name)[0], "sh", "-c", script)
