"""A page's calls: work of many calls waits when the server says so."""

import httpx
import pytest

from contracts.problems import PROBLEM_JSON, Problem
from hexaface.client import calls
from hexaface.client.clients import AsyncClient
from hexaface.client.errors import ServerProblemError
from portal.inbox import Inbox
from portal.session import Portal, Session

MODELS = b'{"models": []}'


class Browser:
    """A page whose browser has no key."""

    def on_delete(self, _: object) -> None:
        pass

    async def run_javascript(self, _: str, **_options: float) -> None:
        pass


def session(*answers: httpx.Response) -> tuple[Session, list[httpx.Response]]:
    left = list(answers)
    transport = httpx.MockTransport(lambda _: left.pop(0))
    portal = Portal(lambda key: AsyncClient("http://host", api_key=key, transport=transport), None, Inbox())
    return Session(portal, Browser()), left


def refusal(status: int, retry_after: str | None) -> httpx.Response:
    problem = Problem(type="rate-limited", title="Rate limit reached", status=status, detail="wait")
    headers = {"Content-Type": PROBLEM_JSON} | ({"Retry-After": retry_after} if retry_after else {})
    return httpx.Response(status, content=problem.to_json(), headers=headers)


async def test_a_full_server_is_asked_again_when_it_says_so():
    page, left = session(refusal(429, "0"), refusal(429, "0"), httpx.Response(200, content=MODELS))
    assert (await page.send_patiently(calls.models())).models == []
    assert left == []


async def test_patience_has_an_end():
    page, left = session(*(refusal(429, "0") for _ in range(4)))
    with pytest.raises(ServerProblemError):
        await page.send_patiently(calls.models())
    assert len(left) == 1


@pytest.mark.parametrize("refused", [refusal(503, "5"), refusal(429, None)])
async def test_any_other_problem_is_told_at_once(refused):
    page, left = session(refused, httpx.Response(200, content=MODELS))
    with pytest.raises(ServerProblemError):
        await page.send_patiently(calls.models())
    assert len(left) == 1
