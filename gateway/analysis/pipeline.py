"""The pipeline: a table of stages and the runner that calls each as soon as what it needs is there."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.message import Message
from contracts.problems import StageProblem
from gateway.upstreams.calls import Upstreams
from web.problems import DeadlineError, ProblemError
from web.stopwatch import Stopwatch

Replies = Mapping[str, Message]


@dataclass(frozen=True)
class Stage:
    """One call to one service."""

    name: str
    upstream: str
    path: str
    request: Callable[[Replies], Message | None]
    """From the replies of the stages it needs; None when there is nothing to ask."""
    reply: type[Message]
    needs: tuple[str, ...] = ()
    required: bool = False
    timeout: float | None = None


@dataclass
class Outcome:
    """The replies by stage, the problems of optional stages and the time each stage took."""

    replies: dict[str, Message] = field(default_factory=dict)
    problems: list[StageProblem] = field(default_factory=list)
    timings_ms: dict[str, float] = field(default_factory=dict)


async def run(stages: Sequence[Stage], upstreams: Upstreams, *, deadline: float) -> Outcome:
    """Run the stages, each as soon as those it needs are done.

    An optional stage that fails becomes a problem of the outcome, a required one ends the run with its ProblemError;
    DeadlineError when the whole takes longer than `deadline` seconds.
    """
    try:
        async with asyncio.timeout(deadline):
            return await _run_all(stages, upstreams)
    except TimeoutError as error:
        raise DeadlineError(f"the answer was not there within {deadline:g} s") from error


async def _run_all(stages: Sequence[Stage], upstreams: Upstreams) -> Outcome:
    outcome, tasks = Outcome(), dict[str, asyncio.Task[None]]()
    failed: ProblemError | None = None
    try:
        async with asyncio.TaskGroup() as group:
            for stage in stages:
                needed = [tasks[name] for name in stage.needs]
                tasks[stage.name] = group.create_task(_step(stage, needed, upstreams, outcome))
    except* ProblemError as errors:
        failed = _first(errors)
    # Not raised above: Python before 3.11.4 wraps what an `except*` raises into a group of its own.
    if failed is not None:
        raise failed
    return outcome


async def _step(
    stage: Stage, needed: Sequence[asyncio.Task[None]], upstreams: Upstreams, outcome: Outcome
) -> None:
    for task in needed:
        await task
    if any(name not in outcome.replies for name in stage.needs):
        return
    request = stage.request(outcome.replies)
    if request is None:
        return
    watch = Stopwatch()
    try:
        outcome.replies[stage.name] = await upstreams.call(
            stage.upstream, stage.path, request, stage.reply, seconds=stage.timeout
        )
    except ProblemError as error:
        if stage.required:
            raise
        outcome.problems.append(
            StageProblem(feature=stage.name, type=error.type, status=error.status, detail=error.detail)
        )
    finally:
        outcome.timings_ms[stage.name] = watch.ms


def _first(group: BaseExceptionGroup[ProblemError]) -> ProblemError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if not isinstance(error, ProblemError):
        raise TypeError("only problems are caught here") from error
    return error
