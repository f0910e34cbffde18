"""Pictures on their way: taken for one request, and then gone."""

import httpx
import pytest
from fastapi import FastAPI

from portal.inbox import MAX_BYTES, PATH, Inbox


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
async def browser(inbox):
    app = FastAPI()
    inbox.add_route(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_a_picture_is_there_until_the_request_it_is_for_has_ended(inbox, browser):
    with inbox.place() as address:
        assert (await browser.post(address, content=b"picture")).status_code == 200
        assert inbox.picture(address) == b"picture"
    assert inbox.picture(address) is None
    assert (await browser.post(address, content=b"picture")).status_code == 404


async def test_nobody_can_leave_a_picture_that_was_not_asked_for(browser):
    assert (await browser.post(f"{PATH}/guessed", content=b"picture")).status_code == 404


async def test_a_picture_over_the_limit_is_dropped_on_its_way(inbox, browser):
    with inbox.place() as address:
        assert (await browser.post(address, content=bytes(MAX_BYTES + 1))).status_code == 413
        assert inbox.picture(address) is None
