"""Waiting where the server says so, and no longer than makes sense."""

import time

import pytest

from contracts.problems import Problem
from hexaface.client.errors import ServerProblemError, UnreachableError
from hexaface.commands.patience import Patience, several


def problem(status, retry_after):
    return ServerProblemError(Problem(type="x", title="x", status=status, detail="x"), retry_after)


def asking(*outcomes):
    """A call that fails or answers with each in turn."""
    left = iter(outcomes)

    def ask():
        outcome = next(left)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return ask


def test_a_limit_is_waited_out():
    started = time.monotonic()
    assert Patience()(asking(problem(429, 0.2), problem(429, 0.1), "answer")) == "answer"
    assert time.monotonic() - started >= 0.3


def test_who_is_told_to_wait_makes_all_wait():
    patience, started = Patience(), time.monotonic()
    with pytest.raises(ServerProblemError):
        patience(asking(problem(429, 0.3), problem(422, None)))
    assert patience(asking("answer")) == "answer"
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize(
    "error", [problem(429, 3600), problem(503, 5), problem(422, None), UnreachableError("nobody")]
)
def test_what_waiting_does_not_help_is_raised_at_once(error):
    started = time.monotonic()
    with pytest.raises(type(error)):
        Patience()(asking(error, "never asked"))
    assert time.monotonic() - started < 0.2


@pytest.mark.parametrize("error", [problem(503, 5), UnreachableError("reset")])
def test_a_server_that_worked_a_moment_ago_is_asked_again(error):
    patience = Patience()
    patience(asking("answer"))
    assert patience(asking(error, "again")) == "again"


def test_work_comes_back_in_order_and_only_a_little_is_begun_ahead():
    begun = []
    work = several(lambda i: begun.append(i) or i * i, range(1000), at_once=2)
    first = [done.result() for _, done in (next(work) for _ in range(3))]
    work.close()
    assert first == [0, 1, 4]
    assert len(begun) < 20
