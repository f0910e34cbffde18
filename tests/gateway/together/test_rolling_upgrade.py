"""A rolling upgrade from the version before: both on one database, under load, and no request fails."""

import asyncio
import itertools
import subprocess
import threading

import httpx
import pytest
import uvicorn

from tests.gateway.conftest import FakeServices
from tests.gateway.together.processes import free_port, gateway_process
from tests.paths import ROOT

BEFORE = "35038e2"  # the last version whose tables are of revision 0002


@pytest.fixture(scope="module")
def old_code(tmp_path_factory):
    """The code of the version before, from the repository's history."""
    archive = subprocess.run(
        ["git", "-C", ROOT, "archive", BEFORE, "contracts", "gateway", "web"],
        capture_output=True,
        check=False,
    )
    if archive.returncode:
        pytest.skip(f"the history of this checkout does not reach back to {BEFORE}")
    folder = tmp_path_factory.mktemp("before")
    subprocess.run(["tar", "--extract", "--directory", folder], input=archive.stdout, check=True)
    return folder


@pytest.fixture(scope="module")
def service_urls():
    """The fake detector and embedder over HTTP, for processes of their own."""
    urls, servers = {}, []
    for name, transport in FakeServices().transports().items():
        port = free_port()
        server = uvicorn.Server(uvicorn.Config(transport.app, port=port, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run)
        thread.start()
        servers.append((server, thread))
        urls[f"HEXAFACE_{name.upper()}_URL"] = f"http://127.0.0.1:{port}"
    yield urls
    for server, thread in servers:
        server.should_exit = True
        thread.join()


class Load:
    """Enrols and identifies through whichever gateways there are, as a balancer would send it."""

    def __init__(self, person):
        self.person, self.gateways, self.enrolled, self.failed = person, [], [], []
        self._numbers, self._turn = itertools.count(), itertools.count()

    async def run(self, over):
        async with httpx.AsyncClient(timeout=60) as client:
            while not over.is_set():
                name = f"p{next(self._numbers)}"
                await self._ask(client, "POST", "/v1/collections/staff/subjects", 201, json={"id": name})
                faces, picture = f"/v1/collections/staff/subjects/{name}/faces", self.person(name)
                await self._ask(client, "POST", faces, 201, files={"image": picture})
                await self.find(client, name)
                self.enrolled.append(name)
                if len(self.enrolled) % 5 == 0:
                    await self._ask(client, "DELETE", f"/v1/collections/staff/subjects/{name}", 204)
                    self.enrolled.remove(name)

    async def find(self, client, name):
        picture = self.person(name, shot=2)
        answer = await self._ask(
            client, "POST", "/v1/collections/staff/identify", 200, files={"image": picture}
        )
        found = answer.json()["faces"][0]["candidates"] if answer.status_code == 200 else []
        if not found or found[0]["subject"] != name:
            self.failed.append((name, "not found"))

    async def _ask(self, client, method, path, expected, **body):
        gateways = list(self.gateways)
        url = gateways[next(self._turn) % len(gateways)].url
        answer = await client.request(method, url + path, **body)
        if answer.status_code != expected:
            self.failed.append((method, path, answer.status_code, answer.text))
        return answer


@pytest.mark.timeout(300)
async def test_from_the_version_before_without_a_failed_request(
    old_code, service_urls, stores, new_database, person
):
    # The driver's name in the URL is the tests' own.
    database = (await new_database()).replace("postgresql+asyncpg", "postgresql")
    environment = {"DATABASE_URL": database, "REDIS_URL": stores.redis} | service_urls
    old = [gateway_process(old_code, environment) for _ in range(2)]
    new = []
    try:
        for gateway in old:
            await asyncio.to_thread(gateway.await_ready)
        async with httpx.AsyncClient(base_url=old[0].url) as client:
            (await client.post("/v1/collections", json={"id": "staff"})).raise_for_status()
        load, over = Load(person), asyncio.Event()
        load.gateways = list(old)
        callers = [asyncio.create_task(load.run(over)) for _ in range(3)]
        for leaving in old:
            await asyncio.sleep(2)
            # One more of the new version, which migrates the first time; then one less of the old.
            new.append(gateway_process(ROOT, environment))
            await asyncio.to_thread(new[-1].await_ready)
            load.gateways.append(new[-1])
            await asyncio.sleep(2)
            load.gateways.remove(leaving)
            await asyncio.sleep(1)  # what a balancer sent before it knew is answered
            await asyncio.to_thread(leaving.stop)
        await asyncio.sleep(2)
        over.set()
        await asyncio.gather(*callers)
        assert load.failed == []
        assert len(load.enrolled) > 10
        async with httpx.AsyncClient(timeout=60) as client:
            for name in load.enrolled:
                await load.find(client, name)
        assert load.failed == []
    finally:
        for gateway in old + new:
            gateway.kill()
