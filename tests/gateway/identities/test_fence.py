"""An erasure during a request: what that request found does not come back into the cache."""

import asyncio
import uuid

import pytest

from tests.gateway.conftest import FakeServices


class PausedServices(FakeServices):
    """An embedder that waits, in the middle of a request, until it is told to go on."""

    def __init__(self):
        super().__init__()
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()

    async def embed(self, request):
        answer = await super().embed(request)
        self.reached.set()
        await self.go_on.wait()
        return answer


@pytest.fixture
async def paused(gateway_over):
    services = PausedServices()
    async with gateway_over(services) as client:
        yield client, services


async def test_an_enrolment_whose_subject_is_erased_meanwhile_leaves_nothing_in_the_cache(
    paused, collection, cached, person
):
    client, services = paused
    await client.post(f"{collection}/subjects", json={"id": "ann"})
    before, picture = await cached(), person("ann", shot=uuid.uuid4().hex)
    enrolment = asyncio.create_task(client.post(f"{collection}/subjects/ann/faces", files={"image": picture}))
    await services.reached.wait()
    assert (await client.delete(f"{collection}/subjects/ann")).status_code == 204
    services.go_on.set()
    assert (await enrolment).status_code == 404
    assert before == await cached()


async def test_an_identification_of_a_picture_that_is_erased_meanwhile_does_not_bring_it_back(
    paused, api, collection, cached, enrol, person
):
    client, services = paused
    before, picture = await cached(), person("ann", shot=uuid.uuid4().hex)
    assert (await enrol("ann", picture, headers={"Cache-Control": "no-store"})).status_code == 201
    search = asyncio.create_task(client.post(f"{collection}/identify", files={"image": picture}))
    await services.reached.wait()
    assert (await api.delete(f"{collection}/subjects/ann")).status_code == 204
    services.go_on.set()
    assert (await search).status_code == 200
    assert before == await cached()


async def test_an_enrolled_picture_is_in_the_cache_afterwards(enrol, cached, person):
    before = await cached()
    assert (await enrol("ann", person("ann", shot=uuid.uuid4().hex))).status_code == 201
    assert len(await cached() - before) == 1
