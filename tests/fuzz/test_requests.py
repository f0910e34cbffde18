"""A real server under thousands of requests that nobody would write: no 5xx of its own, no hang, no leak.

HEXAFACE_FUZZ_REQUESTS says how many (10,000 for a release), HEXAFACE_FUZZ_SEED repeats a run. What once failed goes into
`corpus/` and is sent each time.
"""

import json
import os
import random
import time
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis.errors import FlakyStrategyDefinition

from hexaface.commands.own_server import OwnServer
from tests.fuzz.bodies import Fuzzer, Sent

REQUESTS = int(os.environ.get("HEXAFACE_FUZZ_REQUESTS", "300"))
_SEED = int(os.environ.get("HEXAFACE_FUZZ_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
_KEY = "hxf_" + "f" * 43
_CORPUS = Path(__file__).parent / "corpus"
_AWAY = {503, 504}
# The deadline is 25 s; what takes longer hangs.
_SLOWEST_SECONDS = 35
_WARM_SHARE = 0.3
_LEAK_MIB = 80
pytestmark = pytest.mark.timeout(300 + REQUESTS)


@pytest.fixture(scope="module")
def server(home_factory):
    more = {
        "HEXAFACE_HOME": str(home_factory()),
        "HEXAFACE_ADMIN_KEY": _KEY,
        "HEXAFACE_RATE_LIMIT": "1000000/minute",
    }
    with OwnServer(**more) as own:
        yield own.url


@pytest.fixture(scope="module")
def client(server):
    with httpx.Client(base_url=server, headers={"X-API-Key": _KEY}, timeout=_SLOWEST_SECONDS) as client:
        yield client


def send(client: httpx.Client, sent: Sent) -> str:
    """What is wrong with the answer to a request; nothing when it is right."""
    try:
        answer = client.request(sent.method, sent.path, content=sent.body, headers=sent.headers)
    except httpx.RemoteProtocolError:
        return ""  # the server closed on a body that is over every limit before the client had sent it all
    except httpx.TimeoutException:
        return f"no answer within {_SLOWEST_SECONDS} s"
    return fault_of(answer)


def fault_of(answer: httpx.Response) -> str:
    """What is wrong with an answer."""
    wrong = {
        "a failure": answer.status_code >= 500 and answer.status_code not in _AWAY,
        "no Retry-After": answer.status_code in _AWAY and "retry-after" not in answer.headers,
        "no problem": answer.status_code >= 400
        and "problem+json" not in answer.headers.get("content-type", ""),
        "a traceback": "Traceback" in answer.text,
    }
    found = [name for name, so in wrong.items() if so]
    return f"{answer.status_code}, {', '.join(found)}: {answer.text[:300]}" if found else ""


def operations(client: httpx.Client) -> list[tuple[str, str]]:
    """Every operation of the API, but for what would shut the test out."""
    document = client.get("/openapi.json").json()
    return [
        (m.upper(), path)
        for path, found in document["paths"].items()
        for m in found
        if (m, path) != ("post", "/v1/keys")
    ]


def test_generated_bodies_never_make_the_server_fail_hang_or_grow(client, server):
    fuzzer, faults, warm = Fuzzer(operations(client), _SEED), [], 0.0
    for number in range(REQUESTS):
        if number == int(REQUESTS * _WARM_SHARE):
            warm = resident_mib(server)
        sent = fuzzer.next()
        fault = send(client, sent)
        if fault:
            faults.append(f"{sent.method} {sent.path} {sent.headers} {sent.body[:200]!r}: {fault}")

    assert faults == [], f"seed {_SEED}"
    assert resident_mib(server) - warm < _LEAK_MIB, f"seed {_SEED}"
    assert client.get("/readyz").json()["ready"]


@pytest.mark.parametrize("name", sorted(path.name for path in _CORPUS.glob("*.json")))
def test_what_once_failed_stays_mended(client, name):
    kept = json.loads((_CORPUS / name).read_text())
    sent = Sent(
        kept["method"], kept["path"], kept["headers"], kept["body"].encode("latin-1") * kept.get("times", 1)
    )

    assert send(client, sent) == ""


def test_chains_of_requests_never_make_the_server_fail(server):
    """Requests whose ids come from answers before them: created, changed, listed, erased in any order."""
    schema = schemathesis.openapi.from_url(f"{server}/openapi.json")
    machine = schema.exclude(path="/v1/keys").as_state_machine()

    failed: list[str] = []

    class Chains(machine):
        def get_call_kwargs(self, case):  # noqa: ARG002  # overridden
            return {"headers": {"X-API-Key": _KEY}}

        def validate_response(self, response, case, **_):
            # Noted, not raised: hypothesis would try again, and the server remembers what came before.
            if response.status_code >= 500 and response.status_code not in _AWAY:
                failed.append(f"{case.method} {case.path}: {response.status_code} {response.text[:300]}")

    Chains.TestCase.settings = settings(
        max_examples=max(4, REQUESTS // 150),
        stateful_step_count=8,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with suppress(FlakyStrategyDefinition):  # what is stored decides which requests can follow
        Chains.run(settings=Chains.TestCase.settings)

    assert failed == []


def resident_mib(server: str) -> float:
    """What the server's process holds, after a moment to give back what it can."""
    time.sleep(1)
    port = int(server.rsplit(":", 1)[1])
    for process in psutil.process_iter():
        try:
            if any(
                c.laddr.port == port and c.status == psutil.CONN_LISTEN
                for c in process.net_connections("inet")
            ):
                return process.memory_info().rss / 2**20
        except psutil.Error:
            continue
    raise AssertionError(f"nobody listens on {port}")
