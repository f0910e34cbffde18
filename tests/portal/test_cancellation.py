"""Cancelling long work, also in the middle of a step."""

import asyncio

import pytest
from nicegui import ui

from portal.cancellation import Cancellation


@pytest.fixture
def cancellation():
    with ui.element():
        return Cancellation()


async def test_a_step_that_is_cancelled_ends_at_once(cancellation):
    cancellation.begin()
    work = asyncio.create_task(cancellation.step(asyncio.sleep(60, "done"), "cancelled"))
    await asyncio.sleep(0)
    cancellation.ask()
    assert await asyncio.wait_for(work, 5) == "cancelled"


async def test_a_step_that_is_left_alone_gives_its_result(cancellation):
    cancellation.begin()
    assert await cancellation.step(asyncio.sleep(0, "done"), "cancelled") == "done"
    assert not cancellation.asked


async def test_the_end_of_the_whole_task_is_not_taken_for_the_persons_wish(cancellation):
    work = asyncio.create_task(cancellation.step(asyncio.sleep(60, "done"), "cancelled"))
    await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
