"""Batches on many lanes keep what one lane promises: bounded, fair, isolated, hung-up callers skipped, drained."""

import asyncio

import pytest

from serving.cores import Cores
from tests.serving.doubler import Doubler, batcher, item
from web.problems import OverloadedError


@pytest.fixture(params=[1, 2, 4])
def lanes(request):
    return request.param


async def occupied(model, batches, lanes):
    """Occupy every lane with one item each, so that what follows queues."""
    model.gate.clear()
    running = []
    for _ in range(lanes):
        running.append(asyncio.create_task(batches.submit([item(0)])))
        await asyncio.sleep(0.02)
    return running


async def test_under_load_runs_go_side_by_side_but_never_more_than_there_are_lanes(lanes):
    model = Doubler()
    batches = batcher(model, cores=Cores(lanes), max_batch=1)
    running = await occupied(model, batches, lanes)
    more = [asyncio.create_task(batches.submit([item(i)])) for i in range(6)]
    await asyncio.sleep(0.05)
    assert model.at_once == lanes
    model.gate.set()
    await asyncio.gather(*running, *more)
    assert model.most_at_once == lanes
    await batches.drain()


async def test_a_run_alone_has_all_cores_and_many_have_one_each():
    model = Doubler()
    batches = batcher(model, cores=Cores(2), max_batch=1)
    await batches.submit([item(0)])
    assert model.widths == [True]
    running = await occupied(model, batches, 2)
    model.gate.set()
    await asyncio.gather(*running)
    assert model.widths == [True, True, False]
    await batches.submit([item(1)])
    assert model.widths[3:] == [True]
    await batches.drain()


async def test_models_that_share_cores_run_no_more_at_once_than_there_are_cores():
    model, cores = Doubler(), Cores(2)
    first, second = (batcher(model, cores=cores, max_batch=1) for _ in range(2))
    model.gate.clear()
    waiting = [asyncio.create_task(b.submit([item(i)])) for i in range(3) for b in (first, second)]
    await asyncio.sleep(0.05)
    assert model.at_once == 2
    model.gate.set()
    assert [answer[0]["y"][0] for answer in await asyncio.gather(*waiting)] == [0, 0, 2, 2, 4, 4]
    assert model.most_at_once == 2
    await asyncio.gather(first.drain(), second.drain())


async def test_a_crowd_shares_each_run_with_the_requests_behind_it(lanes):
    model = Doubler()
    batches = batcher(model, cores=Cores(lanes), max_batch=4, max_queue=64)
    running = await occupied(model, batches, lanes)
    crowd = asyncio.create_task(batches.submit([item(100 + i) for i in range(20)]))
    await asyncio.sleep(0.02)
    others = [asyncio.create_task(batches.submit([item(i)])) for i in (1, 2)]
    await asyncio.sleep(0.02)
    model.gate.set()
    await asyncio.gather(*running, *others)
    assert [100, 1, 2, 101] in model.contents
    assert [answer["y"][0] for answer in await crowd] == [200 + 2 * i for i in range(20)]
    await batches.drain()


async def test_a_full_queue_is_rejected_while_every_lane_is_busy(lanes):
    model = Doubler()
    batches = batcher(model, cores=Cores(lanes), max_queue=4)
    running = await occupied(model, batches, lanes)
    waiting = [asyncio.create_task(batches.submit([item(i)])) for i in range(4)]
    await asyncio.sleep(0.05)
    with pytest.raises(OverloadedError):
        await asyncio.wait_for(batches.submit([item(9)]), 0.5)
    model.gate.set()
    await asyncio.gather(*running, *waiting)
    await batches.drain()


async def test_a_failed_run_leaves_its_lane_to_the_next(lanes):
    model = Doubler()
    batches = batcher(model, cores=Cores(lanes), max_batch=1)
    doomed = await asyncio.gather(
        *(batches.submit([item(-1)]) for _ in range(2 * lanes)), return_exceptions=True
    )
    assert [str(error) for error in doomed] == ["negative"] * 2 * lanes
    answers = await asyncio.gather(*(batches.submit([item(i)]) for i in range(2 * lanes)))
    assert [answer["y"][0] for (answer,) in answers] == [2 * i for i in range(2 * lanes)]
    await batches.drain()


async def test_callers_that_hung_up_are_skipped_on_every_lane(lanes):
    model = Doubler()
    batches = batcher(model, cores=Cores(lanes), max_batch=1)
    running = await occupied(model, batches, lanes)
    gone = [asyncio.create_task(batches.submit([item(50 + i)])) for i in range(2 * lanes)]
    stays = asyncio.create_task(batches.submit([item(7)]))
    await asyncio.sleep(0.02)
    for task in gone:
        task.cancel()
    await asyncio.gather(*gone, return_exceptions=True)
    model.gate.set()
    await asyncio.gather(*running, stays)
    assert sorted(model.contents) == [[0.0]] * lanes + [[7.0]]
    await batches.drain()


async def test_draining_waits_for_the_runs_of_every_lane(lanes):
    model = Doubler()
    batches = batcher(model, cores=Cores(lanes))
    running = await occupied(model, batches, lanes)
    waiting = [asyncio.create_task(batches.submit([item(i)])) for i in range(3)]
    await asyncio.sleep(0.02)
    drained = asyncio.create_task(batches.drain())
    await asyncio.sleep(0.02)
    assert not drained.done()
    model.gate.set()
    await drained
    assert all(task.done() for task in [*running, *waiting])
