"""A model's answers without server and batcher, one item after the other: for exports, benchmarks and tests."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from numpy.typing import NDArray

from serving.service import Model

ItemT = TypeVar("ItemT")
AnswerT = TypeVar("AnswerT")
Run = Callable[[Mapping[str, NDArray[Any]]], Mapping[str, NDArray[Any]]]
"""A graph: named arrays with the batch axis in and out."""


def alone(run: Run, model: Model[ItemT, AnswerT]) -> Callable[[Sequence[ItemT]], Awaitable[list[AnswerT]]]:
    """What `Service.answer` gives, of a graph that nobody else uses."""

    def answer_one(item: ItemT) -> AnswerT:
        outputs = run({name: value[None] for name, value in model.preprocess(item).items()})
        return model.postprocess({name: value[0] for name, value in outputs.items()})

    async def answer(items: Sequence[ItemT]) -> list[AnswerT]:
        return [answer_one(item) for item in items]

    return answer
