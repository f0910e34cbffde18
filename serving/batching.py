"""Work-conserving dynamic batching: while all lanes are busy, arrivals queue; the next run takes what is there.

There is no timer. One item alone starts at once; under load batches grow by themselves.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.cores import Cores, Lane
from serving.metrics import ABANDONED, BATCH_SIZE, MODEL_SECONDS, QUEUE_DEPTH, QUEUE_SECONDS, REJECTIONS
from web.problems import OverloadedError, UnavailableError

Item = dict[str, NDArray[Any]]
"""Named tensors of one item, without the batch axis."""

Run = Callable[[Item, bool], Item]
"""The model: named tensors in and out, each with the batch axis first; and whether it may use all cores."""

GPU_BATCHES = (1, 2, 4, 8, 16, 32)
"""Batch sizes for providers that compile or cache per shape (CUDA graphs, TensorRT engines)."""

Shapes = tuple[tuple[int, ...], ...]


@dataclass(eq=False)
class _Job:
    item: Item
    shapes: Shapes
    done: asyncio.Future[Item]
    arrived: float


class Batcher:
    """Collects items and runs the model on batches of equal shapes, on as many lanes as the cores give."""

    def __init__(
        self,
        run: Run,
        *,
        task: str,
        max_batch: int,
        max_queue: int,
        cores: Cores,
        batch_sizes: Sequence[int] | None = None,
    ) -> None:
        self._run = run
        self._task = task
        self._max_batch = max_batch
        self._max_queue = max_queue
        self._cores = cores
        self._batch_sizes = batch_sizes
        self._requests: deque[deque[_Job]] = deque()
        self._waiting = 0
        self._arrival = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._closing = False
        self._run_seconds = 0.0
        self._batch_size = BATCH_SIZE.labels(task)
        self._queue_seconds = QUEUE_SECONDS.labels(task)
        self._queue_depth = QUEUE_DEPTH.labels(task)
        self._model_seconds = MODEL_SECONDS.labels(task)

    def start(self) -> None:
        """Begin to serve; called on the event loop."""
        self._loop = asyncio.create_task(self._serve(), name=f"batcher-{self._task}")

    async def drain(self) -> None:
        """Refuse new items and finish those that wait."""
        self._closing = True
        self._arrival.set()
        if self._loop is not None:
            await self._loop

    async def submit(self, items: Sequence[Item]) -> list[Item]:
        """The model's answers to the items of one request, in order.

        All items are admitted or none: raises OverloadedError at once when they do not fit in the queue (a request
        larger than the whole queue is admitted when nothing waits), UnavailableError while shutting down, and the
        model's own error when a run that held one of the items failed.
        """
        if self._closing or self._loop is None:
            raise UnavailableError(f"the {self._task} service is shutting down", retry_after=1)
        if self._waiting and self._waiting + len(items) > self._max_queue:
            REJECTIONS.labels(self._task).inc()
            raise OverloadedError(
                f"the {self._task} queue is full ({self._waiting} waiting); try again",
                retry_after=self._backlog(),
            )
        now, loop = time.perf_counter(), asyncio.get_running_loop()
        jobs = [_Job(item, _shapes(item), loop.create_future(), now) for item in items]
        self._requests.append(deque(jobs))
        self._count(len(jobs))
        self._arrival.set()
        try:
            return list(await asyncio.gather(*(job.done for job in jobs)))
        finally:
            # After an error or a cancellation the rest of the request is not wanted any more.
            for job in jobs:
                job.done.cancel()

    def _count(self, more: int) -> None:
        self._waiting += more
        self._queue_depth.set(self._waiting)

    def _backlog(self) -> float:
        """Seconds until the items that wait now will be done, from the time of the last run."""
        return self._run_seconds * (1 + self._waiting / self._max_batch / self._cores.count)

    async def _serve(self) -> None:
        while self._waiting or not self._closing:
            self._arrival.clear()
            if not self._waiting:
                await self._arrival.wait()
                continue
            lane = await self._cores.enter()
            # Put together only now: what came while all lanes were busy shares the run.
            run = asyncio.create_task(self._answer(self._next_batch(), lane))
            self._running.add(run)
            run.add_done_callback(self._running.discard)
        await asyncio.gather(*self._running)

    def _next_batch(self) -> list[_Job]:
        """Items of the shapes of the oldest that is still wanted, one of each request in turn: a crowd holds up nobody."""
        batch: list[_Job] = []
        turn = deque(self._requests)
        while turn and len(batch) < self._max_batch:
            request = turn.popleft()
            job = self._next_job(request, batch[0].shapes if batch else None)
            if job is not None:
                batch.append(job)
                turn.append(request)
        self._requests = deque(request for request in self._requests if request)
        return batch

    def _next_job(self, request: deque[_Job], shapes: Shapes | None) -> _Job | None:
        """Take a request's next item that is still wanted, of these shapes if they are set already."""
        for _ in range(len(request)):
            job = request.popleft()
            if job.done.done():
                ABANDONED.labels(self._task).inc()
                self._count(-1)
            elif shapes is None or job.shapes == shapes:
                self._count(-1)
                return job
            else:
                request.append(job)
        return None

    async def _answer(self, batch: list[_Job], lane: Lane) -> None:
        try:
            if batch:
                await self._run_batch(batch, lane)
        finally:
            lane.leave()

    async def _run_batch(self, batch: list[_Job], lane: Lane) -> None:
        started = time.perf_counter()
        self._batch_size.observe(len(batch))
        for job in batch:
            self._queue_seconds.observe(started - job.arrived)
        items = [job.item for job in batch]
        try:
            answers = await lane.run(lambda: self._forward(items, wide=lane.wide))
        except Exception as error:  # noqa: BLE001  # whatever the model raised belongs to its callers; the loop lives on
            for job in batch:
                if not job.done.done():
                    job.done.set_exception(error)
        else:
            for job, answer in zip(batch, answers, strict=True):
                if not job.done.done():
                    job.done.set_result(answer)
        self._run_seconds = time.perf_counter() - started
        self._model_seconds.observe(self._run_seconds)

    def _forward(self, items: list[Item], *, wide: bool) -> list[Item]:
        outputs = self._run({name: self._stack([item[name] for item in items]) for name in items[0]}, wide)
        return [{name: output[i] for name, output in outputs.items()} for i in range(len(items))]

    def _stack(self, tensors: list[NDArray[Any]]) -> NDArray[Any]:
        """Stack to a batch, repeating the last item up to the next batch size where sizes are fixed."""
        if len(tensors) == 1:
            return tensors[0][None]
        if self._batch_sizes is not None:
            size = next((n for n in self._batch_sizes if n >= len(tensors)), len(tensors))
            tensors = tensors + tensors[-1:] * (size - len(tensors))
        return np.stack(tensors)


def _shapes(item: Item) -> Shapes:
    return tuple(item[name].shape for name in sorted(item))
