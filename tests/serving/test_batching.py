"""Work-conserving batches on one lane and on many: bounded, fair, isolated, abandoned items skipped, drained at the end."""

import asyncio
import threading

import numpy as np
import pytest

from serving.batching import Batcher
from serving.cores import Cores
from web.problems import OverloadedError, UnavailableError


class Doubler:
    """A model that doubles its input, notes its batches and can be held back."""

    def __init__(self):
        self.batches = []
        self.contents = []
        self.widths = []
        self.at_once = 0
        self.most_at_once = 0
        self.gate = threading.Event()
        self.gate.set()
        self._lock = threading.Lock()

    def __call__(self, tensors, wide):
        with self._lock:
            self.widths.append(wide)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.gate.wait(10)
        with self._lock:
            self.at_once -= 1
            self.batches.append(tensors["x"].shape)
            self.contents.append(tensors["x"][:, 0].tolist())
        if (tensors["x"] < 0).any():
            raise ValueError("negative")
        return {"y": tensors["x"] * 2}


def item(value, size=1):
    return {"x": np.full((size,), value, np.float32)}


def batcher(model, **options):
    settings = {"task": "test", "max_batch": 8, "max_queue": 16, "cores": Cores(1), **options}
    made = Batcher(model, **settings)
    made.start()
    return made


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
