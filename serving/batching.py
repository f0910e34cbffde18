"""Work-conserving dynamic batching: while the model runs, arrivals queue; the next run takes what is there.

There is no timer. One item alone starts at once; under load batches grow by themselves.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.metrics import ABANDONED, BATCH_SIZE, MODEL_SECONDS, QUEUE_DEPTH, QUEUE_SECONDS, REJECTIONS
from web.problems import OverloadedError, UnavailableError

Item = dict[str, NDArray[Any]]
"""Named tensors of one item, without the batch axis."""

Run = Callable[[Item], Item]
"""The model: named tensors in and out, each with the batch axis first."""

GPU_BATCHES = (1, 2, 4, 8, 16, 32)
"""Batch sizes for providers that compile or cache per shape (CUDA graphs, TensorRT engines)."""


@dataclass(eq=False)
class _Job:
    item: Item
    shapes: tuple[tuple[int, ...], ...]
    done: asyncio.Future[Item]
    arrived: float


class Batcher:
    """Collects items and runs the model on batches of equal shapes, on one dedicated thread."""

    def __init__(
        self, run: Run, *, task: str, max_batch: int, max_queue: int, batch_sizes: Sequence[int] | None = None
    ) -> None:
        self._run = run
        self._task = task
        self._max_batch = max_batch
        self._max_queue = max_queue
        self._batch_sizes = batch_sizes
        self._waiting: deque[_Job] = deque()
        self._arrival = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"model-{task}")
        self._loop: asyncio.Task[None] | None = None
        self._closing = False
        self._run_seconds = 0.0

    def start(self) -> None:
        """Begin to serve; called on the event loop."""
        self._loop = asyncio.create_task(self._serve(), name=f"batcher-{self._task}")

    async def drain(self) -> None:
        """Refuse new items, finish those that wait, then stop the thread."""
        self._closing = True
        self._arrival.set()
        if self._loop is not None:
            await self._loop
        self._thread.shutdown()

    async def submit(self, items: Sequence[Item]) -> list[Item]:
        """The model's answers to the items of one request, in order.

        All items are admitted or none: raises OverloadedError at once when they do not fit in the queue (a request
        larger than the whole queue is admitted when nothing waits), UnavailableError while shutting down, and the
        model's own error when a run that held one of the items failed.
        """
        if self._closing or self._loop is None:
            raise UnavailableError(f"the {self._task} service is shutting down", retry_after=1)
        if self._waiting and len(self._waiting) + len(items) > self._max_queue:
            REJECTIONS.labels(self._task).inc()
            raise OverloadedError(
                f"the {self._task} queue is full ({len(self._waiting)} waiting); try again",
                retry_after=self._backlog(),
            )
        now, loop = time.perf_counter(), asyncio.get_running_loop()
        jobs = [_Job(item, _shapes(item), loop.create_future(), now) for item in items]
        self._waiting.extend(jobs)
        QUEUE_DEPTH.labels(self._task).set(len(self._waiting))
        self._arrival.set()
        try:
            return list(await asyncio.gather(*(job.done for job in jobs)))
        finally:
            for (
                job
            ) in jobs:  # after an error or a cancellation the rest of the request is not wanted any more
                job.done.cancel()

    def _backlog(self) -> float:
        """Seconds until the items that wait now will be done, from the time of the last run."""
        return self._run_seconds * (1 + len(self._waiting) / self._max_batch)

    async def _serve(self) -> None:
        while True:
            await self._arrival.wait()
            batch = self._next_batch()
            if batch:
                await self._answer(batch)
            elif self._closing:
                return
            else:
                self._arrival.clear()

    def _next_batch(self) -> list[_Job]:
        """The oldest item that is still wanted, and up to `max_batch` - 1 more of its shapes."""
        batch: list[_Job] = []
        left: deque[_Job] = deque()
        while self._waiting and len(batch) < self._max_batch:
            job = self._waiting.popleft()
            if job.done.done():
                ABANDONED.labels(self._task).inc()
            elif not batch or job.shapes == batch[0].shapes:
                batch.append(job)
            else:
                left.append(job)
        self._waiting.extendleft(reversed(left))
        QUEUE_DEPTH.labels(self._task).set(len(self._waiting))
        return batch

    async def _answer(self, batch: list[_Job]) -> None:
        started = time.perf_counter()
        BATCH_SIZE.labels(self._task).observe(len(batch))
        for job in batch:
            QUEUE_SECONDS.labels(self._task).observe(started - job.arrived)
        try:
            loop = asyncio.get_running_loop()
            answers = await loop.run_in_executor(self._thread, self._forward, [job.item for job in batch])
        except Exception as error:  # noqa: BLE001  # whatever the model raised belongs to its callers; the loop lives on
            for job in batch:
                if not job.done.done():
                    job.done.set_exception(error)
        else:
            for job, answer in zip(batch, answers, strict=True):
                if not job.done.done():
                    job.done.set_result(answer)
        self._run_seconds = time.perf_counter() - started
        MODEL_SECONDS.labels(self._task).observe(self._run_seconds)

    def _forward(self, items: list[Item]) -> list[Item]:
        outputs = self._run({name: self._stack([item[name] for item in items]) for name in items[0]})
        return [{name: output[i] for name, output in outputs.items()} for i in range(len(items))]

    def _stack(self, tensors: list[NDArray[Any]]) -> NDArray[Any]:
        """Stack to a batch, repeating the last item up to the next batch size where sizes are fixed."""
        if self._batch_sizes is not None:
            size = next((n for n in self._batch_sizes if n >= len(tensors)), len(tensors))
            tensors = tensors + tensors[-1:] * (size - len(tensors))
        return np.stack(tensors)


def _shapes(item: Item) -> tuple[tuple[int, ...], ...]:
    return tuple(item[name].shape for name in sorted(item))
