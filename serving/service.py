"""A service: one model, its session and its batcher, from start-up to the drained end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Generic, Protocol, TypeVar

import structlog

from contracts.models import ModelRef, Readiness
from serving import beside
from serving.batching import GPU_BATCHES, Batcher, Item
from serving.cores import Cores
from serving.errors import GoldenError
from serving.machine import Machine
from serving.metrics import READY
from serving.providers import CPU
from serving.session import ModelInfo, Session, check_golden, open_session
from serving.settings import ServiceSettings
from web.problems import UnavailableError

log = structlog.get_logger(__name__)

I_contra = TypeVar("I_contra", contravariant=True)
A_co = TypeVar("A_co", covariant=True)


class Model(Protocol[I_contra, A_co]):
    """What a task adds to `serving`: one item in, one answer out; the graph between them is run in batches."""

    def preprocess(self, item: I_contra) -> Item:
        """Named tensors of one item, without the batch axis."""
        ...

    def postprocess(self, outputs: Item) -> A_co:
        """The answer from the graph's named outputs for one item."""
        ...


class Service(Generic[I_contra, A_co]):
    """Serves one task. `running` loads the model, proves it and starts the batcher; until then nothing is ready."""

    def __init__(
        self,
        task: str,
        build: Callable[[ModelInfo], Model[I_contra, A_co]],
        settings: ServiceSettings,
        *,
        machine: Machine | None = None,
        entry: str | None = None,
        embedding: str | None = None,
    ) -> None:
        """Several services in one process share a `machine`.

        `entry` names the model in the manifest where a task has several; `embedding` the output that is an embedding,
        whose length callers want to know.
        """
        self.task = task
        self._entry = entry
        self._embedding = embedding
        self.machine = machine or Machine(settings)
        self.settings = settings
        self._build = build
        self._session: Session | None = None
        self._model: Model[I_contra, A_co] | None = None
        self._batcher: Batcher | None = None
        self._reason: str | None = "the model is loading"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve within this context. Raises StartupError when the model cannot be loaded as asked."""
        session, files = await asyncio.to_thread(open_session, self.task, self.settings, self._entry)
        gpu = session.provider != CPU
        self._session = session
        self._model = self._build(session.info)
        self._batcher = Batcher(
            session.run,
            task=self.task,
            max_batch=self.settings.max_batch,
            max_queue=self.settings.max_queue,
            # A GPU runs one batch after the other on one stream.
            cores=Cores(1) if gpu else self.machine.cores,
            batch_sizes=GPU_BATCHES if gpu else None,
        )
        try:
            # The stored input is also the warm-up: the first request finds allocated buffers.
            await asyncio.to_thread(check_golden, session, files)
            self._reason = None
        except GoldenError as error:
            self._reason = str(error)
            log.error("model.golden_failed", task=self.task, reason=self._reason)  # noqa: TRY400  # no traceback needed
        READY.labels(self.task).set(self._reason is None)
        self._batcher.start()
        try:
            yield
        finally:
            await self._batcher.drain()
            READY.labels(self.task).set(0)

    @property
    def ref(self) -> ModelRef:
        """The model as answers name it. Raises UnavailableError before it is ready."""
        return self._ready()[0].info.ref

    @property
    def info(self) -> ModelInfo:
        """What the graph says of itself. Raises UnavailableError before it is ready."""
        return self._ready()[0].info

    def readiness(self) -> Readiness:
        """Whether requests will be answered, and by which model."""
        models = [] if self._session is None else [self._session.describe(dimensions=self._dimensions())]
        return Readiness(ready=self._reason is None, reason=self._reason, models=models)

    def _dimensions(self) -> int | None:
        outputs = self._session.info.outputs if self._session is not None else ()
        lengths = [spec.shape[-1] for spec in outputs if spec.name == self._embedding]
        return next((length for length in lengths if isinstance(length, int)), None)

    async def forward(self, items: Sequence[Item]) -> list[Item]:
        """Run the graph on the tensors of one request, batched with others. Raises as `Batcher.submit` does."""
        return await self._ready()[2].submit(items)

    async def answer(self, items: Sequence[I_contra]) -> list[A_co]:
        """The answers to the items of one request, in order. Raises ProblemError."""
        _, model, _ = self._ready()
        tensors = await beside.each(model.preprocess, items)
        return await beside.each(model.postprocess, await self.forward(tensors))

    def _ready(self) -> tuple[Session, Model[I_contra, A_co], Batcher]:
        if self._reason is not None or self._session is None or self._model is None or self._batcher is None:
            raise UnavailableError(f"the {self.task} service is not ready: {self._reason}", retry_after=5)
        return self._session, self._model, self._batcher


AnyService = Service[Any, Any]
