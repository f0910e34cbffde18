"""Replicas behind one name: real servers on 127.0.0.x, a resolver that the test controls."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager

import httpx
import pytest

from gateway.upstreams.balancing import BalancingTransport, resolve_addresses

URL = "http://embedder:{port}/"


class Replica:
    """An HTTP/1.1 server that answers with its own address; `delay` and `hangs_up` make it misbehave."""

    def __init__(self, address):
        self.address, self.delay, self.hangs_up, self.server = address, 0.0, False, None

    async def start(self, port):
        self.server = await asyncio.start_server(self._serve, self.address, port)
        return self.server.sockets[0].getsockname()[1]

    async def _serve(self, reader, writer):
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(self.delay)
                if self.hangs_up:
                    break
                body = self.address.encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def stop(self):
        self.server.close()


@asynccontextmanager
async def replicas(count):
    found = [Replica(f"127.0.0.{10 + i}") for i in range(count)]
    port = await found[0].start(0)
    for replica in found[1:]:
        await replica.start(port)
    try:
        yield found, port
    finally:
        for replica in found:
            replica.stop()


@asynccontextmanager
async def balanced(addresses, **options):
    async def resolve(host, _port):
        assert host == "embedder"
        if not addresses:
            raise OSError("no such name")
        return list(addresses)

    transport = BalancingTransport(
        lambda _: httpx.AsyncHTTPTransport(), name="embedder", resolve=resolve, **options
    )
    async with httpx.AsyncClient(transport=transport, timeout=2) as client:
        yield client


async def ask(client, port, count=1):
    answers = [await client.get(URL.format(port=port)) for _ in range(count)]
    return Counter(answer.text for answer in answers)


async def test_requests_one_after_another_take_turns():
    async with replicas(3) as (servers, port), balanced([s.address for s in servers]) as client:
        assert {s.address: 4 for s in servers} == await ask(client, port, 12)


async def test_a_slow_replica_gets_fewer_requests():
    async with replicas(2) as (servers, port), balanced([s.address for s in servers]) as client:
        servers[0].delay = 0.5
        left = iter(range(20))

        async def worker():
            return [(await client.get(URL.format(port=port))).text for _ in left]

        counts = Counter(a for answers in await asyncio.gather(worker(), worker()) for a in answers)
        assert counts[servers[0].address] < counts[servers[1].address] / 4


async def test_a_replica_that_does_not_listen_is_skipped_without_an_error():
    async with replicas(2) as (servers, port), balanced([s.address for s in servers]) as client:
        servers[0].stop()
        assert {servers[1].address: 6} == await ask(client, port, 6)


async def test_a_request_whose_connection_broke_is_answered_by_another_replica():
    async with replicas(2) as (servers, port), balanced([s.address for s in servers]) as client:
        servers[0].hangs_up = True
        assert {servers[1].address: 6} == await ask(client, port, 6)


async def test_a_failed_replica_is_tried_again_after_its_pause():
    async with (
        replicas(2) as (servers, port),
        balanced([s.address for s in servers], ejected_seconds=0.2) as client,
    ):
        servers[0].hangs_up = True
        await ask(client, port, 4)
        servers[0].hangs_up = False
        await asyncio.sleep(0.25)
        assert {s.address: 2 for s in servers} == await ask(client, port, 4)


async def test_a_replica_that_is_out_of_time_is_left_alone_and_its_request_not_repeated():
    async with replicas(2) as (servers, port), balanced([s.address for s in servers]) as client:
        servers[0].delay = servers[1].delay = 5
        with pytest.raises(httpx.ReadTimeout):
            await client.get(URL.format(port=port), timeout=0.2)
        servers[0].delay = servers[1].delay = 0
        assert len(await ask(client, port, 4)) == 1


async def test_a_new_replica_is_used_and_a_removed_one_is_not():
    async with replicas(3) as (servers, port):
        addresses = [servers[0].address, servers[1].address]
        async with balanced(addresses, ttl=0.0) as client:
            await ask(client, port, 2)
            addresses[:] = [servers[1].address, servers[2].address]
            await asyncio.sleep(0.1)
            assert {servers[1].address: 3, servers[2].address: 3} == await ask(client, port, 6)


async def test_a_replica_that_left_finishes_its_last_request():
    async with replicas(2) as (servers, port):
        addresses = [servers[0].address]
        async with balanced(addresses, ttl=0.0) as client:
            servers[0].delay = 0.4
            slow = asyncio.create_task(ask(client, port))
            await asyncio.sleep(0.1)
            addresses[:] = [servers[1].address]
            assert {servers[1].address: 2} == await ask(client, port, 2)
            assert {servers[0].address: 1} == await slow


async def test_a_name_server_that_fails_leaves_the_last_addresses_in_use():
    async with replicas(1) as (servers, port):
        addresses = [servers[0].address]
        async with balanced(addresses, ttl=0.0) as client:
            await ask(client, port)
            addresses.clear()
            await asyncio.sleep(0.1)
            assert {servers[0].address: 2} == await ask(client, port, 2)


async def test_an_unknown_name_is_a_connect_error():
    async with balanced([]) as client:
        with pytest.raises(httpx.ConnectError, match="no such name"):
            await client.get(URL.format(port=9))


async def test_the_service_is_still_called_by_its_name():
    async with replicas(1) as (servers, port), balanced([servers[0].address]) as client:
        answer = await client.get(URL.format(port=port))
        assert f"embedder:{port}" == answer.request.headers["host"]


async def test_the_system_resolver_answers_addresses():
    assert await resolve_addresses("127.0.0.1", 80) == ["127.0.0.1"]
