"""Work-conserving batches: bounded, isolated, abandoned items skipped, drained at the end."""

import asyncio

import pytest

from tests.serving.doubler import Doubler, batcher, item
from web.problems import OverloadedError, UnavailableError


async def held(model, batches):
    """Occupy the model with one item, so that what follows queues."""
    model.gate.clear()
    first = asyncio.create_task(batches.submit([item(0)]))
    await asyncio.sleep(0.05)
    return first


async def test_one_item_alone_starts_at_once():
    model = Doubler()
    batches = batcher(model)
    (answer,) = await asyncio.wait_for(batches.submit([item(21)]), 1)
    assert answer["y"].tolist() == [42]
    await batches.drain()


async def test_each_caller_gets_the_answer_to_its_own_item():
    model = Doubler()
    batches = batcher(model)
    answers = await asyncio.gather(*(batches.submit([item(i), item(i + 1000)]) for i in range(8)))
    assert [[a["y"][0], b["y"][0]] for a, b in answers] == [[2 * i, 2 * i + 2000] for i in range(8)]
    await batches.drain()


async def test_arrivals_during_a_run_share_the_next_one():
    model = Doubler()
    batches = batcher(model)
    first = await held(model, batches)
    rest = [asyncio.create_task(batches.submit([item(i)])) for i in range(6)]
    await asyncio.sleep(0.05)
    model.gate.set()
    await asyncio.gather(first, *rest)
    assert model.batches == [(1, 1), (6, 1)]
    await batches.drain()


async def test_only_items_of_equal_shape_share_a_run():
    model = Doubler()
    batches = batcher(model)
    first = await held(model, batches)
    rest = [asyncio.create_task(batches.submit([item(i, size=1 + i % 2)])) for i in range(4)]
    await asyncio.sleep(0.05)
    model.gate.set()
    await asyncio.gather(first, *rest)
    assert sorted(model.batches[1:]) == [(2, 1), (2, 2)]
    await batches.drain()


async def test_a_full_queue_is_rejected_at_once():
    model = Doubler()
    batches = batcher(model, max_queue=4)
    first = await held(model, batches)
    waiting = [asyncio.create_task(batches.submit([item(i)])) for i in range(4)]
    await asyncio.sleep(0.05)
    with pytest.raises(OverloadedError) as rejected:
        await asyncio.wait_for(batches.submit([item(9)]), 0.5)
    assert rejected.value.retry_after is not None
    model.gate.set()
    await asyncio.gather(first, *waiting)
    await batches.drain()


async def test_a_failed_batch_reaches_each_of_its_callers_and_the_loop_lives_on():
    model = Doubler()
    batches = batcher(model)
    first = await held(model, batches)
    doomed = [asyncio.create_task(batches.submit([item(-1)])) for _ in range(3)]
    await asyncio.sleep(0.05)
    model.gate.set()
    await first
    for task in doomed:
        with pytest.raises(ValueError, match="negative"):
            await task
    assert (await batches.submit([item(1)]))[0]["y"].tolist() == [2]
    await batches.drain()


async def test_items_whose_caller_has_gone_are_skipped():
    model = Doubler()
    batches = batcher(model)
    first = await held(model, batches)
    gone = asyncio.create_task(batches.submit([item(5)]))
    stays = asyncio.create_task(batches.submit([item(6)]))
    await asyncio.sleep(0.05)
    gone.cancel()
    await asyncio.sleep(0.05)
    model.gate.set()
    await asyncio.gather(first, stays)
    assert model.batches == [(1, 1), (1, 1)]
    await batches.drain()


async def test_draining_finishes_what_waits_and_refuses_what_comes():
    model = Doubler()
    batches = batcher(model)
    first = await held(model, batches)
    waiting = asyncio.create_task(batches.submit([item(3)]))
    await asyncio.sleep(0.05)
    drained = asyncio.create_task(batches.drain())
    await asyncio.sleep(0.05)
    with pytest.raises(UnavailableError):
        await batches.submit([item(4)])
    model.gate.set()
    await asyncio.gather(first, drained)
    assert (await waiting)[0]["y"].tolist() == [6]


async def test_a_request_larger_than_a_batch_is_split_and_put_together_again():
    model = Doubler()
    batches = batcher(model, max_batch=4)
    answers = await batches.submit([item(i) for i in range(10)])
    assert [a["y"][0] for a in answers] == [2 * i for i in range(10)]
    assert max(shape[0] for shape in model.batches) == 4
    await batches.drain()


async def test_a_request_larger_than_the_queue_is_served_when_nothing_waits():
    model = Doubler()
    batches = batcher(model, max_queue=4)
    assert len(await batches.submit([item(i) for i in range(12)])) == 12
    await batches.drain()


async def test_fixed_batch_sizes_are_filled_up_and_the_filling_is_dropped():
    model = Doubler()
    batches = batcher(model, batch_sizes=(1, 2, 4, 8))
    answers = await batches.submit([item(i) for i in range(3)])
    assert [a["y"][0] for a in answers] == [0, 2, 4]
    assert model.batches == [(4, 1)]
    await batches.drain()
