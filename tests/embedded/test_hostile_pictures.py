"""Small files that take much memory, six at once: within the budget, and everybody else is answered."""

import struct
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest

from hexaface.commands.own_server import OwnServer

# What the models take for a picture of 40 megapixels beside its pixels, and what the allocator keeps.
_ROOM_MIB = 150
_BUDGET_MIB = 256
_TIMEOUT = 90
pytestmark = pytest.mark.timeout(300)


def png(width, height, *, bits, kind, channels):
    """A PNG of zeros: a few kilobytes, whatever its size."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    rows = zlib.compress(bytes(height * (1 + width * channels * bits // 8)), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def server(home_factory):
    settings = {"HEXAFACE_HOME": str(home_factory()), "HEXAFACE_DECODE_BUDGET_MIB": str(_BUDGET_MIB)}
    with OwnServer(**settings) as own:
        yield own


def test_six_hostile_pictures_at_once_stay_within_the_budget_and_the_others_are_answered(server, photo):
    grey = png(8000, 5000, bits=16, kind=0, channels=1)  # 200 MB to decode, 1.2 GB with careless copies
    colour = png(8000, 5000, bits=8, kind=6, channels=4)  # 280 MB: more than the budget
    process, usual, stop = psutil.Process(server.process.pid), photo("astronaut"), threading.Event()
    peak, others = [], []

    def analysed(picture):
        return httpx.post(f"{server.url}/v1/analyze", files={"image": picture}, timeout=_TIMEOUT)

    def somebody_else():
        while not stop.is_set():
            others.append(analysed(usual).status_code)

    def watch():
        while not stop.is_set():
            peak.append(process.memory_info().rss / 2**20)
            time.sleep(0.02)

    for _ in range(3):
        assert analysed(usual).status_code == 200
    before = process.memory_info().rss / 2**20
    beside = [threading.Thread(target=work) for work in (somebody_else, watch)]
    for thread in beside:
        thread.start()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(analysed, [grey, colour] * 3))
    stop.set()
    for thread in beside:
        thread.join()

    assert [answer.json()["type"] for answer in answers[1::2]] == ["too-many-pixels"] * 3
    # On a busy machine one may take longer than a service may; who waits for room too long is told to come again.
    assert {answer.status_code for answer in answers[::2]} <= {200, 429, 504}
    assert set(others) == {200}
    assert max(peak) - before < _BUDGET_MIB + _ROOM_MIB
    assert analysed(usual).status_code == 200
