"""The sockets that every server listens on."""

import asyncio
import socket

from web.listening import ListenSettings, open_sockets


async def test_an_answer_does_not_wait_for_the_client_to_acknowledge_its_headers():
    """Nagle's algorithm, against a client that acknowledges late, costs 40 ms for each answer but the first."""
    off = asyncio.get_running_loop().create_future()

    def connected(_, writer):
        accepted = writer.get_extra_info("socket")
        off.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    (opened,) = open_sockets(ListenSettings(port=0))
    async with await asyncio.start_server(connected, sock=opened):
        _, writer = await asyncio.open_connection(*opened.getsockname())
        assert await off
        writer.close()
        await writer.wait_closed()
