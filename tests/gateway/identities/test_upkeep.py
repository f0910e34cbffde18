"""The upkeep survives whatever a driver raises, and says when a chore was last done."""

import asyncio
import time
from contextlib import suppress

import pytest
from prometheus_client import REGISTRY

from gateway.identities.upkeep import Chore, Upkeep
from gateway.parts import Parts
from gateway.settings.gateway import GatewaySettings
from gateway.settings.stores import StoreSettings


def done_at(chore):
    return REGISTRY.get_sample_value("hexaface_upkeep_done_timestamp_seconds", {"chore": chore})


@pytest.fixture
def upkeep():
    parts = Parts(GatewaySettings(stores=StoreSettings(database_url=None, redis_url=None)))
    return Upkeep(parts.database, parts._erasures, parts._reembedding)


@pytest.mark.parametrize("error", [ConnectionRefusedError(), TimeoutError(), RuntimeError("a driver's own")])
async def test_a_chore_that_fails_is_done_again_and_holds_up_no_other(upkeep, error):
    failures, others, name = [], [], f"fails with {type(error).__name__}"
    again = asyncio.Event()

    async def fails_once():
        failures.append(error)
        if len(failures) == 1:
            raise error
        again.set()

    async def other():
        others.append(1)

    upkeep.chores = (Chore(name, 0.01, fails_once), Chore("other", 0.01, other))
    task, started = asyncio.create_task(upkeep.run()), time.time()
    async with asyncio.timeout(5):
        await again.wait()
    await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert others
    assert done_at(name) >= started


async def test_a_chore_that_cannot_be_done_ages(upkeep):
    tried = asyncio.Event()

    async def cannot():
        tried.set()
        return False

    upkeep.chores = (Chore("cannot", 60, cannot),)
    task = asyncio.create_task(upkeep.run())
    await tried.wait()
    started = done_at("cannot")
    await asyncio.sleep(0.05)
    assert started == done_at("cannot")
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
